namespace AwsVpcCni.Tests.World;

/// <summary>The published programs; these tests run nothing else.</summary>
internal static class Programs
{
    /// <summary>The repository that these tests were built from.</summary>
    public static string Checkout { get; } = FindCheckout();

    public static string Folder { get; } = Environment.GetEnvironmentVariable("VPCCNI_BIN") is { Length: > 0 } folder
        ? Path.GetFullPath(folder)
        : Path.Combine(Checkout, "artifacts", "bin");

    public static string Ipamd => Find("ipamd");

    public static string AwsCni => Find("aws-cni");

    public static string HealthProbe => Find("grpc-health-probe");

    public static string VpcLab => Find("vpclab");

    /// <summary>The brief's CNI configuration, as it is in the repository.</summary>
    public static string Configuration => Path.Combine(Checkout, "config", "10-aws.conf");

    private static string Find(string program)
    {
        var path = Path.Combine(Folder, program);
        return File.Exists(path) ? path : throw new InvalidOperationException($"{path} is missing: run `make publish`");
    }

    private static string FindCheckout()
    {
        for (var up = new DirectoryInfo(AppContext.BaseDirectory); up is not null; up = up.Parent)
            if (File.Exists(Path.Combine(up.FullName, "aws-vpc-cni.slnx")))
                return up.FullName;
        throw new InvalidOperationException($"no checkout above {AppContext.BaseDirectory}");
    }
}

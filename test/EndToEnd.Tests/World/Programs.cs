namespace AwsVpcCni.EndToEnd.Tests.World;

/// <summary>The published programs; these tests run nothing else.</summary>
internal static class Programs
{
    private static readonly string _checkout = FindCheckout();

    public static string Folder { get; } = Environment.GetEnvironmentVariable("VPCCNI_BIN") is { Length: > 0 } folder
        ? System.IO.Path.GetFullPath(folder)
        : System.IO.Path.Combine(_checkout, "artifacts", "bin");

    public static string Ipamd => Path("ipamd");

    public static string AwsCni => Path("aws-cni");

    public static string HealthProbe => Path("grpc-health-probe");

    public static string VpcLab => Path("vpclab");

    /// <summary>The brief's CNI configuration, as it is in the repository.</summary>
    public static string Configuration { get; } = System.IO.Path.Combine(_checkout, "config", "10-aws.conf");

    private static string Path(string program)
    {
        var path = System.IO.Path.Combine(Folder, program);
        return File.Exists(path) ? path : throw new InvalidOperationException($"{path} is missing: run `make publish`");
    }

    private static string FindCheckout()
    {
        for (var up = new DirectoryInfo(AppContext.BaseDirectory); up is not null; up = up.Parent)
            if (File.Exists(System.IO.Path.Combine(up.FullName, "aws-vpc-cni.slnx")))
                return up.FullName;
        throw new InvalidOperationException($"no checkout above {AppContext.BaseDirectory}");
    }
}

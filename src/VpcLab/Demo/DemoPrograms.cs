namespace AwsVpcCni.VpcLab.Demo;

/// <summary>The programs and the configuration that the demo shows, as they are installed on a node.</summary>
/// <param name="Configuration">The CNI network configuration, verbatim.</param>
internal sealed record DemoPrograms(string Ipamd, string AwsCni, string HealthProbe, string BinFolder, string Configuration)
{
    /// <exception cref="LabException">Lists all that is missing.</exception>
    internal static DemoPrograms Find(string binFolder, string configurationFile)
    {
        List<string> missing = [];
        var folder = Path.GetFullPath(binFolder);
        string Program(string name)
        {
            var path = Path.Combine(folder, name);
            if (!File.Exists(path) || (File.GetUnixFileMode(path) & UnixFileMode.UserExecute) == 0)
                missing.Add($"{path} is no executable file; build it with: make publish, or say where it is with --bin.");
            return path;
        }

        var (ipamd, awsCni, probe) = (Program("ipamd"), Program("aws-cni"), Program("grpc-health-probe"));
        if (!(Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(f => File.Exists(Path.Combine(f, "ping"))))
            missing.Add("There is no ping; install it with: apt-get install iputils-ping.");
        var configuration = "";
        try
        {
            configuration = File.ReadAllText(configurationFile);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            missing.Add($"Can't read the CNI configuration: {e.Message}. Say where it is with --conf.");
        }

        return missing.Count == 0
            ? new DemoPrograms(ipamd, awsCni, probe, folder, configuration)
            : throw new LabException(string.Join(Environment.NewLine + "vpclab: ", missing));
    }
}

using AwsVpcCni.Ec2Model.Calls;

namespace AwsVpcCni.VpcLab.Ec2Api;

/// <summary>The <c>Version</c> that every request of the Query API names (EC2's API reference, "Common query parameters": required).</summary>
internal static class ApiVersion
{
    /// <summary>The one that every client in use sends, and whose XML this EC2 writes.</summary>
    public const string Current = "2016-11-15";

    /// <summary>Null for the version spoken here.</summary>
    /// <param name="version">Null when the request names none.</param>
    public static Ec2Fault? Refusal(string? version) => version switch
    {
        Current => null,
        null or "" => Faults.NoVersion,

        // EC2 has these too (botocore's models): not to be called nonexistent, and their XML is not written here.
        "2014-09-01" or "2014-10-01" or "2015-03-01" or "2015-04-15" or "2015-10-01" or "2016-04-01" or "2016-09-15" =>
            Faults.VersionNotModelled(version, Current),
        _ => Faults.NoSuchVersion(version),
    };
}

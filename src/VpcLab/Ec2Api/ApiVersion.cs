using AwsVpcCni.Ec2Model.Calls;

namespace AwsVpcCni.VpcLab.Ec2Api;

/// <summary>The <c>Version</c> that every request of the Query API names (EC2's API reference, "Common query parameters": required).</summary>
internal static class ApiVersion
{
    /// <summary>The one that every client in use sends, and whose XML this EC2 writes.</summary>
    public const string Current = "2016-11-15";

    /// <summary>
    /// All that EC2 has published before it (the WSDLs of its release notes; from 2014-09-01 on also botocore's models). Not to be called
    /// nonexistent, and their XML is not written here.
    /// </summary>
    private static readonly string[] _older =
    [
        "2006-06-26", "2006-10-01", "2007-01-03", "2007-01-19", "2007-03-01", "2007-08-29", "2008-02-01", "2008-05-05", "2008-08-08", "2008-12-01",
        "2009-03-01", "2009-04-04", "2009-07-15", "2009-08-15", "2009-10-31", "2009-11-30", "2010-06-15", "2010-08-31", "2010-11-15", "2011-01-01",
        "2011-02-28", "2011-05-15", "2011-07-15", "2011-11-01", "2011-12-01", "2011-12-15", "2012-03-01", "2012-04-01", "2012-05-01", "2012-06-01",
        "2012-06-15", "2012-07-20", "2012-08-15", "2012-10-01", "2012-12-01", "2013-02-01", "2013-06-15", "2013-07-15", "2013-08-15", "2013-10-01",
        "2013-10-15", "2014-02-01", "2014-05-01", "2014-06-15", "2014-09-01", "2014-10-01", "2015-03-01", "2015-04-15", "2015-10-01", "2016-04-01",
        "2016-09-15",
    ];

    /// <summary>Null for the version spoken here.</summary>
    /// <param name="version">Null when the request names none.</param>
    public static Ec2Fault? Refusal(string? version) => version switch
    {
        Current => null,
        null or "" => Faults.NoVersion,
        _ when Array.IndexOf(_older, version) >= 0 => Faults.VersionNotModelled(version, Current),
        _ => Faults.NoSuchVersion(version),
    };
}

using AwsVpcCni.Ec2Model.Calls;

namespace AwsVpcCni.VpcLab.Ec2Api;

/// <summary>The parameters of the calls that end, stop and start instances.</summary>
internal static class InstanceReading
{
    public static TerminateInstancesRequest Terminate(QueryParameters p) => new() { DryRun = p.Flag("DryRun") ?? false, InstanceIds = Ids(p) };

    public static StopInstancesRequest Stop(QueryParameters p) => new()
    {
        DryRun = p.Flag("DryRun") ?? false,
        InstanceIds = Ids(p),
        Force = p.Flag("Force") ?? false,
    };

    public static StartInstancesRequest Start(QueryParameters p) => new() { DryRun = p.Flag("DryRun") ?? false, InstanceIds = Ids(p) };

    private static IReadOnlyList<string> Ids(QueryParameters p)
    {
        var ids = p.Texts("InstanceId");
        if (ids.Count == 0)
            p.Fail(Faults.MissingParameter("InstanceId"));
        return ids;
    }
}

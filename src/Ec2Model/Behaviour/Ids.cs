using System.Buffers;
using AwsVpcCni.Ec2Model.Calls;
using AwsVpcCni.Ec2Model.Resources;

namespace AwsVpcCni.Ec2Model.Behaviour;

/// <summary>Looks up what a call names; null when it is there, else EC2's error.</summary>
internal static class Ids
{
    private static readonly SearchValues<char> _hexDigits = SearchValues.Create("0123456789abcdef");

    public static Ec2Fault? FindInterface(VpcState vpc, string id, out NetworkInterface? eni)
    {
        if (vpc.Interfaces.TryGet(id, out eni) && eni.KnownFrom <= vpc.Now)
            return null;

        eni = null;
        return InterfaceMissing(id);
    }

    public static Ec2Fault InterfaceMissing(string id) =>
        WellFormed(id, "eni") ? Faults.InterfaceNotFound(id) : Faults.Malformed("InvalidNetworkInterfaceId.Malformed", id, "eni");

    public static Ec2Fault? FindInstance(VpcState vpc, string id, out Instance? instance)
    {
        if (vpc.Instances.TryGet(id, out instance))
            return null;

        return InstanceMissing(id);
    }

    public static Ec2Fault InstanceMissing(string id) =>
        WellFormed(id, "i") ? Faults.InstanceNotFound(id) : Faults.Malformed("InvalidInstanceID.Malformed", id, "i");

    public static Ec2Fault? FirstMissingGroup(VpcState vpc, IReadOnlyList<string> ids)
    {
        foreach (var id in ids)
        {
            if (!vpc.SecurityGroups.Contains(id))
                return Faults.GroupNotFound(id);
        }

        return null;
    }

    /// <summary>8 hex digits as before 2016, or 17.</summary>
    public static bool WellFormed(string id, string kind)
    {
        if (!id.StartsWith(kind + "-", StringComparison.Ordinal))
            return false;

        var digits = id.AsSpan(kind.Length + 1);
        return digits.Length is 8 or 17 && !digits.ContainsAnyExcept(_hexDigits);
    }
}

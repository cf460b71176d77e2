using System.Globalization;
using AwsVpcCni.Ec2Model.Behaviour;
using AwsVpcCni.Ec2Model.Calls;
using AwsVpcCni.Ec2Model.Credentials;
using AwsVpcCni.Ec2Model.Resources;

namespace AwsVpcCni.Ec2Model.Imds;

/// <summary>One instance's metadata at one moment: leaves with their text, and folders that list what is in them.</summary>
internal sealed class MetadataTree
{
    private readonly SortedDictionary<string, string> _leaves = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _folders = new(StringComparer.Ordinal);

    public static MetadataTree Of(VpcState vpc, CredentialMint mint, Instance instance, IReadOnlyList<EniLeaves> enis, DateTimeOffset now)
    {
        var tree = new MetadataTree();
        tree.AddIdentity(vpc, instance, enis);
        foreach (var eni in enis)
            tree.AddInterface(vpc, eni);

        tree.Add("dynamic/instance-identity/document", IdentityDocument.Of(vpc.Options, instance));
        if (vpc.Options.Imds.RoleName is { } role)
        {
            tree.Add("meta-data/iam/info", RoleCredentials.Info(vpc.Options, role, now));
            tree.Add($"meta-data/iam/security-credentials/{role}", RoleCredentials.Of(vpc.Options, mint, role, instance.Id, now));
        }

        return tree;
    }

    /// <summary>A leaf's text or a folder's listing: sorted, one a line, no final line feed, folders with a slash. Null: 404.</summary>
    public string? Find(string path)
    {
        path = path.TrimEnd('/');
        if (_leaves.TryGetValue(path, out var leaf))
            return leaf;

        var folder = path.Length == 0 ? "" : path + "/";
        var inside = _leaves.Keys.Concat(_folders)
            .Where(key => key.Length > folder.Length && key.StartsWith(folder, StringComparison.Ordinal))
            .Select(key => FirstStep(key.AsSpan(folder.Length)))
            .Distinct(StringComparer.Ordinal)
            .Order(StringComparer.Ordinal)
            .ToList();
        return inside.Count > 0 || _folders.Contains(folder) ? string.Join('\n', inside) : null;
    }

    private static string FirstStep(ReadOnlySpan<char> path)
    {
        var slash = path.IndexOf('/');
        return (slash < 0 ? path : path[..(slash + 1)]).ToString();
    }

    /// <summary>An empty key is neither listed nor found.</summary>
    private void Add(string path, string value)
    {
        if (value.Length > 0)
            _leaves[path] = value;
    }

    private void AddIdentity(VpcState vpc, Instance instance, IReadOnlyList<EniLeaves> enis)
    {
        var zone = vpc.Subnets[instance.SubnetId];
        var name = ApiText.DnsName(instance.PrivateAddress, instance.AvailabilityZone);
        Add("meta-data/ami-id", instance.ImageId);
        Add("meta-data/ami-launch-index", instance.LaunchIndex.ToString(CultureInfo.InvariantCulture));
        Add("meta-data/hostname", name);
        Add("meta-data/instance-action", "none");
        Add("meta-data/instance-id", instance.Id);
        Add("meta-data/instance-life-cycle", "on-demand");
        Add("meta-data/instance-type", instance.Type.Name);
        Add("meta-data/local-hostname", name);
        Add("meta-data/local-ipv4", instance.PrivateAddress.ToString());
        Add("meta-data/mac", instance.MacAddress);
        Add("meta-data/placement/availability-zone", instance.AvailabilityZone);
        Add("meta-data/placement/availability-zone-id", zone.AvailabilityZoneId);
        Add("meta-data/placement/region", vpc.Options.Region);
        Add("meta-data/profile", "default-hvm");
        Add("meta-data/reservation-id", instance.ReservationId);
        Add("meta-data/services/domain", "amazonaws.com");
        Add("meta-data/services/partition", "aws");
        Add("meta-data/system", instance.Type.Hypervisor ?? "nitro");
        var primary = enis.FirstOrDefault(eni => eni.Eni.Id == instance.PrimaryInterfaceId);
        if (primary is not null)
            Add("meta-data/security-groups", GroupNames(vpc, primary.Eni));
    }

    private void AddInterface(VpcState vpc, EniLeaves seen)
    {
        var eni = seen.Eni;
        var folder = $"meta-data/network/interfaces/macs/{eni.MacAddress}/";
        _folders.Add(folder);
        if (!seen.LeavesVisible)
            return;

        var subnet = vpc.Subnets[eni.SubnetId];
        var attachment = eni.Attachment!;
        if (seen.DeviceNumberVisible)
            Add(folder + "device-number", attachment.DeviceIndex.ToString(CultureInfo.InvariantCulture));
        Add(folder + "interface-id", eni.Id);
        if (seen.AddressesVisible)
            Add(folder + "ipv4-prefix", string.Join('\n', eni.Prefixes));
        Add(folder + "ipv6-prefix", string.Join('\n', eni.Ipv6Prefixes));
        Add(folder + "ipv6s", string.Join('\n', eni.Ipv6Addresses));
        if (seen.AddressesVisible && eni.PrimaryAddress is { } primary)
        {
            Add(folder + "local-hostname", ApiText.DnsName(primary, eni.AvailabilityZone));
            Add(folder + "local-ipv4s", string.Join('\n', eni.SecondaryAddresses.Prepend(primary)));
        }

        Add(folder + "mac", eni.MacAddress);
        if (vpc.Instances[attachment.InstanceId].Type.InterfacesPerCard.Length > 1)
            Add(folder + "network-card", attachment.NetworkCardIndex.ToString(CultureInfo.InvariantCulture));
        Add(folder + "owner-id", eni.OwnerId);
        Add(folder + "security-group-ids", string.Join('\n', eni.SecurityGroupIds));
        Add(folder + "security-groups", GroupNames(vpc, eni));
        Add(folder + "subnet-id", eni.SubnetId);
        Add(folder + "subnet-ipv4-cidr-block", subnet.Cidr.ToString());
        Add(folder + "subnet-ipv6-cidr-blocks", subnet.Ipv6Cidr?.ToString() ?? "");
        Add(folder + "vpc-id", eni.VpcId);
        Add(folder + "vpc-ipv4-cidr-block", vpc.Options.Cidrs[0].ToString());
        Add(folder + "vpc-ipv4-cidr-blocks", string.Join('\n', vpc.Options.Cidrs));
        Add(folder + "vpc-ipv6-cidr-blocks", vpc.Options.Ipv6Cidr?.ToString() ?? "");
    }

    private static string GroupNames(VpcState vpc, NetworkInterface eni) =>
        string.Join('\n', eni.SecurityGroupIds.Select(id => vpc.SecurityGroupOf(id).Name));
}

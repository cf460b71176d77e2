using System.Net;
using AwsVpcCni.Ec2Model.Calls;
using AwsVpcCni.Ec2Model.Imds;
using AwsVpcCni.Ec2Model.Resources;

namespace AwsVpcCni.Ec2Model.Tests;

/// <summary>A VPC with a clock of its own, and calls that say what they expect.</summary>
internal sealed class Cloud
{
    public Cloud(VpcOptions? options = null, string subnet = "10.0.1.0/24")
    {
        Vpc = new Vpc(options ?? VpcOptions.Instant);
        Subnet = Vpc.AddSubnet(IPNetwork.Parse(subnet), "us-west-2a");
    }

    public Vpc Vpc { get; }

    public Subnet Subnet { get; }

    public DateTimeOffset Now { get; private set; } = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    /// <summary>Time passes; what the outside is told meanwhile.</summary>
    public IReadOnlyList<VpcChange> Pass(double seconds)
    {
        Now += TimeSpan.FromSeconds(seconds);
        return Vpc.Advance(Now);
    }

    public Instance Launch(string type = "m5.large", string? subnet = null)
    {
        var instance = Vpc.Launch(new LaunchInstance(type, subnet ?? Subnet.Id), Now);
        Vpc.Advance(Now);
        return instance;
    }

    public T Call<T>(Ec2Request request)
        where T : Ec2Reply
    {
        var result = Vpc.Call(request, null, Now).Result;
        Assert.False(result is Ec2Fault, result.ToString());
        return Assert.IsType<T>(result);
    }

    public Ec2Fault Refused(string code, Ec2Request request)
    {
        var fault = Assert.IsType<Ec2Fault>(Vpc.Call(request, null, Now).Result);
        Assert.Equal(code, fault.Code);
        return fault;
    }

    public NetworkInterface Create(int addresses = 0, int prefixes = 0, string? subnet = null) =>
        Call<CreateNetworkInterfaceReply>(new CreateNetworkInterfaceRequest
        {
            SubnetId = subnet ?? Subnet.Id,
            SecondaryPrivateIpAddressCount = addresses == 0 ? null : addresses,
            Ipv4PrefixCount = prefixes == 0 ? null : prefixes,
        }).NetworkInterface.Eni;

    public static AttachNetworkInterfaceRequest Attaching(NetworkInterface eni, Instance to, int index, int? card = null) =>
        new() { NetworkInterfaceId = eni.Id, InstanceId = to.Id, DeviceIndex = index, NetworkCardIndex = card };

    public string Attach(NetworkInterface eni, Instance to, int index, int? card = null) =>
        Call<AttachNetworkInterfaceReply>(Attaching(eni, to, index, card)).AttachmentId;

    public NetworkInterface Eni(string id) => Vpc.NetworkInterfaces.Single(eni => eni.Id == id);

    public int Free => Vpc.Subnets.Single(subnet => subnet.Id == Subnet.Id).AvailableAddressCount;

    public static AssignPrivateIpAddressesRequest Assigning(NetworkInterface eni, int addresses = 0, int prefixes = 0) => new()
    {
        NetworkInterfaceId = eni.Id,
        SecondaryPrivateIpAddressCount = addresses == 0 ? null : addresses,
        Ipv4PrefixCount = prefixes == 0 ? null : prefixes,
    };

    public string Token(Instance instance, int ttl = 60) => Imds(instance, "PUT", "/latest/api/token", ("X-aws-ec2-metadata-token-ttl-seconds", $"{ttl}")).Body;

    /// <summary>A leaf's text with a fresh token; null for 404.</summary>
    public string? Metadata(Instance instance, string path)
    {
        var answer = Imds(instance, "GET", "/latest/" + path, ("x-aws-ec2-metadata-token", Token(instance)));
        Assert.Contains(answer.Status, (int[])[200, 404]);
        return answer.Status == 200 ? answer.Body : null;
    }

    public ImdsAnswer Imds(Instance instance, string method, string path, params (string Name, string Value)[] headers) =>
        Vpc.Imds.Answer(
            instance.Id, method, path,
            name => headers.FirstOrDefault(header => header.Name.Equals(name, StringComparison.OrdinalIgnoreCase)).Value, Now);
}

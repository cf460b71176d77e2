using AwsVpcCni.Ec2Model.Calls;
using AwsVpcCni.Ec2Model.Injection;

namespace AwsVpcCni.Ec2Model.Tests;

public sealed class FaultTests
{
    [Fact]
    public void A_fault_hits_as_often_as_it_is_told_to()
    {
        var cloud = new Cloud();
        var fault = cloud.Vpc.Faults.Add(new FaultRule { Action = "AssignPrivateIpAddresses", Code = "InsufficientFreeAddressesInSubnet", Times = 2 });
        var eni = cloud.Create();
        cloud.Refused("InsufficientFreeAddressesInSubnet", Cloud.Assigning(eni, addresses: 1));
        cloud.Refused("InsufficientFreeAddressesInSubnet", Cloud.Assigning(eni, addresses: 1));
        Assert.Empty(cloud.Eni(eni.Id).SecondaryAddresses);
        cloud.Call<AssignPrivateIpAddressesReply>(Cloud.Assigning(eni, addresses: 1));
        var active = Assert.Single(cloud.Vpc.Faults.All);
        Assert.Equal((fault.Id, 2L, true), (active.Id, active.Hit, active.IsOver));
        Assert.True(cloud.Vpc.Faults.Clear(fault.Id));
        Assert.False(cloud.Vpc.Faults.Clear(fault.Id));
    }

    [Fact]
    public void The_nth_call_of_one_caller_can_be_meant()
    {
        var cloud = new Cloud();
        cloud.Vpc.Faults.Add(new FaultRule { Action = "*", Code = "InternalError", Nth = 3, Times = 1, Caller = "i-a" });
        List<string> heard = [];
        foreach (var caller in new[] { "i-a", "i-b", "i-a", null, "i-a", "i-a" })
            heard.Add(cloud.Vpc.Call(new DescribeSubnetsRequest(), caller, cloud.Now).Result is Ec2Fault fault ? $"{fault.Code} {fault.HttpStatus}" : "");
        Assert.Equal(["", "", "", "", "InternalError 500", ""], heard);
    }

    [Fact]
    public void A_timeout_after_applying_leaves_the_caller_in_the_dark_and_ec2_changed()
    {
        var cloud = new Cloud();
        cloud.Vpc.Faults.Add(new FaultRule { Action = "CreateNetworkInterface", AfterApplying = true, Delay = TimeSpan.FromSeconds(9), Times = 1 });
        var answer = cloud.Vpc.Call(new CreateNetworkInterfaceRequest { SubnetId = cloud.Subnet.Id }, null, cloud.Now);
        Assert.True(answer.ReplyLost);
        Assert.Equal(cloud.Now.AddSeconds(9), answer.Due);
        Assert.Single(cloud.Vpc.NetworkInterfaces);

        cloud.Vpc.Faults.Add(new FaultRule { Action = "CreateNetworkInterface", AfterApplying = true, Code = "InternalError", Times = 1 });
        cloud.Refused("InternalError", new CreateNetworkInterfaceRequest { SubnetId = cloud.Subnet.Id });
        Assert.Equal(2, cloud.Vpc.NetworkInterfaces.Count);
    }

    [Fact]
    public void A_dropped_call_is_not_applied()
    {
        var cloud = new Cloud();
        cloud.Vpc.Faults.Add(new FaultRule { Action = "CreateNetworkInterface", Drop = true });
        Assert.True(cloud.Vpc.Call(new CreateNetworkInterfaceRequest { SubnetId = cloud.Subnet.Id }, null, cloud.Now).ReplyLost);
        Assert.Empty(cloud.Vpc.NetworkInterfaces);
        cloud.Vpc.Faults.ClearAll();
        cloud.Create();
    }

    [Fact]
    public void Chance_follows_from_the_seed()
    {
        var a = Heard(seed: 3);
        Assert.Equal(a, Heard(seed: 3));
        Assert.NotEqual(a, Heard(seed: 4));
        Assert.InRange(a.Count(hit => hit), 20, 80);

        static List<bool> Heard(int seed)
        {
            var cloud = new Cloud(VpcOptions.Instant with
            {
                Seed = seed,
                Faults = [new FaultRule { Action = "DescribeSubnets", Code = "Unavailable", Probability = 0.25 }],
            });
            return [.. Enumerable.Range(0, 200).Select(_ => cloud.Vpc.Call(new DescribeSubnetsRequest(), null, cloud.Now).Result is Ec2Fault)];
        }
    }

    [Theory]
    [InlineData("AttachNetworkInterfaces", "InternalError", false, 1, 1, 1.0)]
    [InlineData("*", null, false, 1, 1, 1.0)]
    [InlineData("*", "InternalError", true, 1, 1, 1.0)]
    [InlineData("*", "no code", false, 1, 1, 1.0)]
    [InlineData("*", "InternalError", false, 0, 1, 1.0)]
    [InlineData("*", "InternalError", false, 1, 0, 1.0)]
    [InlineData("*", "InternalError", false, 1, 1, 0.0)]
    [InlineData("*", "InternalError", false, 1, 1, 1.5)]
    [InlineData("*", "InternalError", false, 1, 1, double.NaN)]
    public void A_rule_that_makes_no_sense_is_refused(string action, string? code, bool drop, int times, int nth, double probability) =>
        Assert.Throws<ArgumentException>(() => new Cloud().Vpc.Faults.Add(
            new FaultRule { Action = action, Code = code, Drop = drop, Times = times, Nth = nth, Probability = probability }));

    [Fact]
    public void Every_fault_of_the_model_is_known_by_its_code()
    {
        var codes = FaultCodes.All.ToHashSet();
        var all = typeof(Faults).GetProperties().Where(property => property.PropertyType == typeof(Ec2Fault))
            .Select(property => (Ec2Fault)property.GetValue(null)!)
            .Concat(typeof(Faults).GetMethods().Where(method => method.ReturnType == typeof(Ec2Fault) && !method.IsSpecialName && method.Name != "Malformed")
                .Select(method => (Ec2Fault)method.Invoke(null, [.. method.GetParameters().Select(parameter => Any(parameter.ParameterType))])!));
        Assert.All(all, fault => Assert.Contains(fault.Code, codes));

        static object? Any(Type type) =>
            type == typeof(string) ? "eni-x"
            : type == typeof(System.Net.IPAddress) ? System.Net.IPAddress.Loopback
            : type == typeof(IEnumerable<string>) ? new[] { "x" }
            : Nullable.GetUnderlyingType(type) is not null ? null
            : Activator.CreateInstance(type);
    }
}

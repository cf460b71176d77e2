using System.Net;
using System.Text;
using System.Xml.Linq;
using AwsVpcCni.Ec2Model;
using AwsVpcCni.Ec2Model.Calls;
using AwsVpcCni.VpcLab.Ec2Api;
using CsCheck;

namespace AwsVpcCni.VpcLab.Tests.Ec2Api;

/// <summary>The Query protocol byte by byte: what an SDK hides.</summary>
public sealed class WireTests
{
    private static readonly DateTimeOffset _now = new(2026, 1, 2, 3, 4, 5, 678, TimeSpan.Zero);
    private static readonly XNamespace _ec2 = "http://ec2.amazonaws.com/doc/2016-11-15/";

    private readonly Vpc _vpc = new(VpcOptions.Instant);
    private readonly Ec2QueryEndpoint _endpoint;
    private readonly string _subnet;
    private readonly string _instance;

    public WireTests()
    {
        _endpoint = new Ec2QueryEndpoint(request => _vpc.Call(request, "i-caller", _now));
        _subnet = _vpc.AddSubnet(IPNetwork.Parse("10.0.1.0/24"), "us-west-2a").Id;
        _instance = _vpc.Launch(new LaunchInstance("m5.large", _subnet), _now).Id;
        _vpc.Advance(_now);
    }

    [Fact]
    public void A_reply_is_one_line_of_xml_in_ec2s_namespace()
    {
        var reply = _endpoint.Handle("Action=DetachNetworkInterface&Version=2016-11-15&AttachmentId=eni-attach-0");
        Assert.Equal(400, reply.Status);
        var created = _endpoint.Handle($"Action=CreateTags&Version=2016-11-15&ResourceId.1={_instance}&Tag.1.Key=a&Tag.1.Value=b");
        Assert.Equal(200, created.Status);
        Assert.Equal("text/xml;charset=UTF-8", created.ContentType);
        Assert.Contains(new("Server", "AmazonEC2"), created.Headers);
        var text = Encoding.UTF8.GetString(created.Body.Span);
        var id = XDocument.Parse(text).Root!.Element(_ec2 + "requestId")!.Value;
        Assert.Equal(
            $"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<CreateTagsResponse xmlns=\"{_ec2}\"><requestId>{id}</requestId><return>true</return></CreateTagsResponse>",
            text);
        Assert.True(Guid.TryParse(id, out _));
    }

    [Fact]
    public void An_error_is_written_without_namespace_and_with_the_request_id_in_its_own_spelling()
    {
        var reply = _endpoint.Handle(Versioned("Action=DeleteNetworkInterface&NetworkInterfaceId=eni-0123456789abcdef0"));
        Assert.Equal(400, reply.Status);
        Assert.Equal("text/xml;charset=UTF-8", reply.ContentType);
        var text = Encoding.UTF8.GetString(reply.Body.Span);
        var id = XDocument.Parse(text).Root!.Element("RequestID")!.Value;
        Assert.Equal(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response><Errors><Error><Code>InvalidNetworkInterfaceID.NotFound</Code>"
            + $"<Message>The networkInterface ID 'eni-0123456789abcdef0' does not exist</Message></Error></Errors><RequestID>{id}</RequestID></Response>",
            text);
    }

    [Fact]
    public void An_interface_has_every_element_that_clients_read()
    {
        var created = Root(
            $"Action=CreateNetworkInterface&SubnetId={_subnet}&Ipv4PrefixCount=1&Description=a+%26+b"
            + "&TagSpecification.1.ResourceType=network-interface&TagSpecification.1.Tag.1.Key=k&TagSpecification.1.Tag.1.Value=%3Cv%3E&ClientToken=t");
        Assert.Equal("t", created.Element(_ec2 + "clientToken")!.Value);
        var eni = created.Element(_ec2 + "networkInterface")!;
        Assert.Equal("pending", eni.Element(_ec2 + "status")!.Value);
        Assert.Equal("a & b", eni.Element(_ec2 + "description")!.Value);
        Assert.Equal("<v>", eni.Element(_ec2 + "tagSet")!.Element(_ec2 + "item")!.Element(_ec2 + "value")!.Value);
        var id = eni.Element(_ec2 + "networkInterfaceId")!.Value;
        Root($"Action=AttachNetworkInterface&NetworkInterfaceId={id}&InstanceId={_instance}&DeviceIndex=1");

        var item = Root($"Action=DescribeNetworkInterfaces&NetworkInterfaceId.1={id}").Element(_ec2 + "networkInterfaceSet")!.Element(_ec2 + "item")!;
        Assert.Equal(
            [
                "networkInterfaceId", "subnetId", "vpcId", "availabilityZone", "description", "ownerId", "requesterManaged", "status", "macAddress",
                "privateIpAddress", "privateDnsName", "sourceDestCheck", "groupSet", "attachment", "tagSet", "privateIpAddressesSet",
                "ipv6AddressesSet", "ipv4PrefixSet", "interfaceType",
            ],
            item.Elements().Select(element => element.Name.LocalName));
        var attachment = item.Element(_ec2 + "attachment")!;
        Assert.Equal("2026-01-02T03:04:05.000Z", attachment.Element(_ec2 + "attachTime")!.Value);
        Assert.Equal("false", attachment.Element(_ec2 + "deleteOnTermination")!.Value);
        Assert.Equal(_instance, attachment.Element(_ec2 + "instanceId")!.Value);
    }

    [Fact]
    public void Both_encodings_of_lists_are_read()
    {
        var created = Root(
            $"Action=CreateNetworkInterface&SubnetId={_subnet}&PrivateIpAddresses.1.PrivateIpAddress=10.0.1.50&PrivateIpAddresses.1.Primary=true"
            + "&PrivateIpAddresses.2.PrivateIpAddress=10.0.1.51&PrivateIpAddresses.2.Primary=false");
        var id = created.Element(_ec2 + "networkInterface")!.Element(_ec2 + "networkInterfaceId")!.Value;
        var assigned = Root($"Action=AssignPrivateIpAddresses&NetworkInterfaceId={id}&PrivateIpAddress.10=10.0.1.61&PrivateIpAddress.9=10.0.1.60");
        Assert.Equal(
            ["10.0.1.60", "10.0.1.61"],
            assigned.Element(_ec2 + "assignedPrivateIpAddressesSet")!.Elements().Select(item => item.Element(_ec2 + "privateIpAddress")!.Value));
        Assert.Equal("true", assigned.Element(_ec2 + "return")!.Value);
        var prefix = Root($"Action=AssignPrivateIpAddresses&NetworkInterfaceId={id}&Ipv4Prefix.1=10.0.1.16/28");
        Assert.Equal("10.0.1.16/28", prefix.Element(_ec2 + "assignedIpv4PrefixSet")!.Value);
        Root($"Action=UnassignPrivateIpAddresses&NetworkInterfaceId={id}&PrivateIpAddress.1=10.0.1.60&Ipv4Prefix.1=10.0.1.16/28");
        var withPrefix = Root($"Action=CreateNetworkInterface&SubnetId={_subnet}&Ipv4Prefix.1.Ipv4Prefix=10.0.1.32/28&SecurityGroupId.1={_vpc.DefaultSecurityGroupId}");
        Assert.Equal("10.0.1.32/28", withPrefix.Descendants(_ec2 + "ipv4Prefix").Single().Value);
    }

    [Theory]
    [InlineData("", "MissingAction")]
    [InlineData("Version=2016-11-15", "MissingAction")]
    [InlineData("Action=", "MissingAction")]
    [InlineData("Action=RunAway", "InvalidAction")]
    [InlineData("Action=describesubnets", "InvalidAction")]
    [InlineData("Action=CreateNetworkInterface", "MissingParameter")]
    [InlineData("Action=AttachNetworkInterface&NetworkInterfaceId=eni-0&InstanceId=i-0", "MissingParameter")]
    [InlineData("Action=AttachNetworkInterface&NetworkInterfaceId=eni-0&InstanceId=i-0&DeviceIndex=one", "InvalidParameterValue")]
    [InlineData("Action=AttachNetworkInterface&NetworkInterfaceId=eni-0&InstanceId=i-0&DeviceIndex=99999999999", "InvalidParameterValue")]
    [InlineData("Action=DescribeSubnets&DryRun=perhaps", "InvalidParameterValue")]
    [InlineData("Action=DescribeSubnets&Colour=red", "UnknownParameter")]
    [InlineData("Action=DescribeSubnets&Filter.1.Value.1=x", "MissingParameter")]
    [InlineData("Action=DescribeSubnets&SubnetId.x=subnet-0", "UnknownParameter")]
    [InlineData("Action=DescribeSubnets&SubnetId.0=subnet-0", "UnknownParameter")]
    [InlineData("Action=AssignPrivateIpAddresses&NetworkInterfaceId=eni-0&DryRun=true", "UnknownParameter")]
    [InlineData("Action=AssignPrivateIpAddresses&NetworkInterfaceId=eni-0&PrivateIpAddress.1=10.0.1", "InvalidParameterValue")]
    [InlineData("Action=AssignPrivateIpAddresses&NetworkInterfaceId=eni-0&PrivateIpAddress.1=::1", "InvalidParameterValue")]
    [InlineData("Action=AssignPrivateIpAddresses&NetworkInterfaceId=eni-0&Ipv4Prefix.1=10.0.1.17/28", "InvalidParameterValue")]
    [InlineData("Action=AssignPrivateIpAddresses&NetworkInterfaceId=eni-0&Ipv4Prefix.1=fd00::/80", "InvalidParameterValue")]
    [InlineData("Action=ModifyNetworkInterfaceAttribute&NetworkInterfaceId=eni-0&Attachment.DeleteOnTermination=true", "MissingParameter")]
    [InlineData("Action=CreateTags&ResourceId.1=eni-0", "MissingParameter")]
    [InlineData("Action=CreateTags&ResourceId.1=teapot-0&Tag.1.Key=a", "InvalidID")]
    [InlineData("Action=DescribeSubnets&Filter.1.Name=a%00b&Filter.1.Value.1=x", "MalformedQueryString")]
    [InlineData("Action=CreateNetworkInterface&SubnetId=subnet-0&EnablePrimaryIpv6=true", "UnsupportedOperation")]
    [InlineData("Action=RunInstances", "MissingParameter")]
    [InlineData("Action=RunInstances&ImageId=ami-0&MinCount=1&MaxCount=1&UserData=x", "UnsupportedOperation")]
    [InlineData("Action=RunInstances&ImageId=ami-0&MinCount=1&MaxCount=1&NetworkInterface.1.DeviceIndex=0&NetworkInterface.1.AssociatePublicIpAddress=true", "UnsupportedOperation")]
    [InlineData("Action=RunInstances&ImageId=ami-0&MinCount=1&MaxCount=1&NetworkInterface.1.Colour=red", "UnknownParameter")]
    [InlineData("Action=DeleteNetworkInterface&NetworkInterfaceId=x", "InvalidNetworkInterfaceId.Malformed")]
    public void What_is_wrong_with_a_request_is_told_with_ec2s_code(string form, string code) => Assert.Equal(code, Fault(form).Code);

    [Theory]
    [InlineData("Action=DescribeSubnets&Version=2010-03-31", "NoSuchVersion", "The requested version (2010-03-31) of service AmazonEC2 does not exist")]
    [InlineData("Action=CreateTopic&Version=2010-03-31", "NoSuchVersion", "The requested version (2010-03-31) of service AmazonEC2 does not exist")]
    [InlineData("Action=DescribeSubnets&Version=", "NoSuchVersion", "The requested version of service AmazonEC2 does not exist")]
    [InlineData("Action=DescribeSubnets", "NoSuchVersion", "The requested version of service AmazonEC2 does not exist")]
    [InlineData("Action=DescribeSubnets&Version=2014-10-01", "UnsupportedOperation", "vpclab does not model version 2014-10-01 of the API, only 2016-11-15.")]
    public void A_version_that_the_api_has_not_is_refused_and_one_that_the_lab_has_not_is_told(string form, string code, string message)
    {
        var fault = Parse(_endpoint.Handle(form));
        Assert.Equal((400, code, message), (fault.HttpStatus, fault.Code, fault.Message));
    }

    /// <summary>The WSDLs that EC2 has published; a caller of an old one is not to look for a typing error.</summary>
    [Theory]
    [InlineData("2006-06-26 2006-10-01 2007-01-03 2007-01-19 2007-03-01 2007-08-29 2008-02-01 2008-05-05 2008-08-08 2008-12-01 2009-03-01 2009-04-04")]
    [InlineData("2009-07-15 2009-08-15 2009-10-31 2009-11-30 2010-06-15 2010-08-31 2010-11-15 2011-01-01 2011-02-28 2011-05-15 2011-07-15 2011-11-01")]
    [InlineData("2011-12-01 2011-12-15 2012-03-01 2012-04-01 2012-05-01 2012-06-01 2012-06-15 2012-07-20 2012-08-15 2012-10-01 2012-12-01 2013-02-01")]
    [InlineData("2013-06-15 2013-07-15 2013-08-15 2013-10-01 2013-10-15 2014-02-01 2014-05-01 2014-06-15 2014-09-01 2014-10-01 2015-03-01 2015-04-15")]
    [InlineData("2015-10-01 2016-04-01 2016-09-15")]
    public void Every_older_version_of_the_api_is_known_and_told_to_be_not_modelled(string versions) => Assert.All(
        versions.Split(' '),
        version => Assert.Equal("UnsupportedOperation", Parse(_endpoint.Handle($"Action=DescribeSubnets&Version={version}")).Code));

    [Fact]
    public void The_message_names_the_parameter()
    {
        Assert.Equal("The request must contain the parameter SubnetId", Fault("Action=CreateNetworkInterface").Message);
        Assert.Equal("The parameter Colour is not recognized", Fault("Action=DescribeSubnets&Colour=red").Message);
        Assert.Equal("The action Brew is not valid for this web service.", Fault("Action=Brew").Message);
    }

    [Fact]
    public async Task The_parameters_of_a_get_are_in_its_query_and_of_a_post_in_its_body()
    {
        var get = await _endpoint.HandleAsync("?Action=DescribeSubnets&Version=2016-11-15", Stream.Null, CancellationToken.None);
        Assert.Equal(200, get.Status);
        using var body = new MemoryStream("Action=DescribeSubnets&Version=2016-11-15"u8.ToArray());
        Assert.Equal(200, (await _endpoint.HandleAsync(null, body, CancellationToken.None)).Status);
        using var endless = new MemoryStream(new byte[Ec2QueryEndpoint.MaxBodyLength + 1]);
        var refused = await _endpoint.HandleAsync(null, endless, CancellationToken.None);
        Assert.Equal((413, "RequestEntityTooLarge"), (refused.Status, Parse(refused).Code));
    }

    [Fact]
    public void A_count_that_no_subnet_can_give_is_refused_whatever_its_size()
    {
        var ec2 = new Ec2QueryEndpoint(request => _vpc.Call(request, null, _now), (e, _) => Assert.Fail(e.ToString()));
        var small = _vpc.AddSubnet(IPNetwork.Parse("10.0.2.0/28"), "us-west-2a").Id;
        Assert.Equal(
            "InsufficientFreeAddressesInSubnet", Parse(ec2.Handle(Versioned($"Action=CreateNetworkInterface&SubnetId={small}&SecondaryPrivateIpAddressCount=2147483647"))).Code);
        Assert.Equal(
            "InsufficientFreeAddressesInSubnet", Parse(ec2.Handle(Versioned($"Action=CreateNetworkInterface&SubnetId={small}&Ipv4PrefixCount=2147483647"))).Code);
    }

    [Fact]
    public void An_ipv6_count_that_no_interface_can_hold_is_refused_at_once()
    {
        var vpc = new Vpc(VpcOptions.Instant with { Ipv6Cidr = IPNetwork.Parse("2600:1f14:1:100::/56") });
        var subnet = vpc.AddSubnet(IPNetwork.Parse("10.0.1.0/24"), "us-west-2a", ipv6Cidr: IPNetwork.Parse("2600:1f14:1:100::/64")).Id;
        var ec2 = new Ec2QueryEndpoint(request => vpc.Call(request, null, _now));
        foreach (var count in new[] { "Ipv6AddressCount=2147483647", "Ipv6PrefixCount=2147483647", "Ipv6AddressCount=65" })
            Assert.Equal("PrivateIpAddressLimitExceeded", Parse(ec2.Handle(Versioned($"Action=CreateNetworkInterface&SubnetId={subnet}&{count}"))).Code);
        Assert.Equal(200, ec2.Handle(Versioned($"Action=CreateNetworkInterface&SubnetId={subnet}&Ipv6AddressCount=64")).Status);
    }

    [Fact]
    public void A_mistake_of_ours_is_an_InternalError_in_ec2s_xml_and_told_to_the_host_with_its_request_id()
    {
        List<string> told = [];
        var broken = new Ec2QueryEndpoint(_ => throw new OverflowException("broken on purpose"), (e, id) => told.Add($"{e.Message} {id}"));
        var reply = broken.Handle(Versioned("Action=DescribeSubnets"));
        Assert.Equal((500, "InternalError"), (reply.Status, Parse(reply).Code));
        var requestId = XDocument.Parse(Encoding.UTF8.GetString(reply.Body.Span)).Root!.Element("RequestID")!.Value;
        Assert.Equal([$"broken on purpose {requestId}"], told);
    }

    /// <summary>The time is a guard with much to spare: read list by list over all names, such a form takes half a minute and more.</summary>
    [Fact(Timeout = 10_000)]
    public async Task Forty_thousand_filters_are_read_once_and_refused()
    {
        var form = "Action=DescribeSubnets&" + string.Join('&', Enumerable.Range(1, 40_000).Select(n => $"Filter.{n}.Name=state&Filter.{n}.Value.1=x"));
        Assert.Equal("FilterLimitExceeded", (await Task.Run(() => Fault(form), TestContext.Current.CancellationToken)).Code);
        var deep = "Action=DescribeSubnets&" + string.Join('.', Enumerable.Repeat("1", 400_000));
        Assert.Equal("UnknownParameter", (await Task.Run(() => Fault(deep), TestContext.Current.CancellationToken)).Code);
    }

    [Fact]
    public void A_call_of_no_action_that_ec2_knows_is_counted_under_one_name_whatever_it_says()
    {
        foreach (var form in new[] { "Action=Brew", "Action=Boil", "Version=2016-11-15", "Action=a%00b" })
            Fault(form);
        Assert.Equal(["(no action) 1", "(unknown action) 2", "(unreadable) 1"], _vpc.CallCounts.Select(count => $"{count.Action} {count.Calls}"));
    }

    [Fact]
    public void Signature_parameters_of_every_version_are_let_pass() => Assert.Equal(
        "DescribeSubnetsResponse",
        Root("Action=DescribeSubnets&Version=2016-11-15&AWSAccessKeyId=a&Signature=b&SignatureVersion=2&SignatureMethod=HmacSHA256&Timestamp=t&X-Amz-Security-Token=c")
            .Name.LocalName);

    [Fact]
    public void Any_bytes_at_all_end_in_one_ec2_error() => Gen.Byte.Array[0, 300].Sample(bytes =>
    {
        var reply = _endpoint.Handle(Encoding.UTF8.GetString(bytes));
        Assert.InRange(reply.Status, 400, 499);
        Assert.NotEmpty(Parse(reply).Code);
    }, threads: 1);

    [Fact]
    public void Any_mix_of_real_names_and_wild_values_ends_in_a_reply_or_an_ec2_error()
    {
        string[] names =
        [
            "Action", "SubnetId", "NetworkInterfaceId", "NetworkInterfaceId.1", "InstanceId", "InstanceId.1", "DeviceIndex", "NetworkCardIndex",
            "PrivateIpAddress", "PrivateIpAddress.1", "PrivateIpAddresses.1.PrivateIpAddress", "PrivateIpAddresses.1.Primary", "Ipv4Prefix.1",
            "Ipv4Prefix.1.Ipv4Prefix", "Ipv4PrefixCount", "SecondaryPrivateIpAddressCount", "ClientToken", "Filter.1.Name", "Filter.1.Value.1",
            "Filter.2.Name", "Filter.2.Value.7", "MaxResults", "NextToken", "Tag.1.Key", "Tag.1.Value", "ResourceId.1", "AttachmentId",
            "Attachment.AttachmentId", "Attachment.DeleteOnTermination", "SecurityGroupId.1", "Description", "Description.Value", "DryRun", "InterfaceType",
            "TagSpecification.1.ResourceType", "TagSpecification.1.Tag.1.Key", "TagSpecification.1.Tag.1.Value", "AllowReassignment", "GroupName.1",
            "ImageId", "InstanceType", "MinCount", "MaxCount", "NetworkInterface.1.DeviceIndex", "NetworkInterface.1.SubnetId", "NetworkInterface.2.SubnetId",
            "NetworkInterface.2.DeviceIndex", "NetworkInterface.1.Ipv4PrefixCount", "RouteTableId.1",
        ];
        string[] actions =
        [
            "CreateNetworkInterface", "AttachNetworkInterface", "DetachNetworkInterface", "DeleteNetworkInterface", "ModifyNetworkInterfaceAttribute",
            "AssignPrivateIpAddresses", "UnassignPrivateIpAddresses", "DescribeNetworkInterfaces", "DescribeInstances", "DescribeInstanceTypes",
            "DescribeSubnets", "DescribeSecurityGroups", "DescribeTags", "CreateTags", "DeleteTags", "RunInstances", "DescribeRouteTables",
        ];
        string[] values =
        [
            "", "0", "-1", "5", "2147483648", "true", "false", "10.0.1.77", "10.0.1.48/28", "10.0.1.3", _subnet, _instance, "tag:a", "status", "*",
            "?\\", "eni-attach-0", "network-interface", "trunk", "aws:x", "YWZ0ZXI6", "ami-0123456789abcdef0", "m5.large", "1", "\ud800", "\0", "\uffff", "é€😀", new string('x', 300),
        ];
        var eni = _vpc.NetworkInterfaces[0].Id;
        var pair = Gen.Select(OneOf(names), Gen.Frequency((8, OneOf([.. values, eni])), (1, Gen.String)));
        Gen.Select(OneOf(actions), pair.Array[0, 8]).Sample(
            (action, pairs) =>
            {
                var form = $"Action={action}&Version=2016-11-15&" + string.Join('&', pairs.Select(p => $"{p.Item1}={WebUtility.UrlEncode(p.Item2)}"));
                var reply = _endpoint.Handle(form);
                if (reply.Status == 200)
                    Assert.Equal(action + "Response", XDocument.Parse(Encoding.UTF8.GetString(reply.Body.Span)).Root!.Name.LocalName);
                else
                    Assert.NotEmpty(Parse(reply).Code);
            },
            iter: 5000,
            threads: 1);
        Assert.Empty(_vpc.Violations());
    }

    private static Gen<string> OneOf(string[] texts) => Gen.Int[0, texts.Length - 1].Select(index => texts[index]);

    private XElement Root(string form)
    {
        var reply = _endpoint.Handle(Versioned(form));
        Assert.True(reply.Status == 200, Encoding.UTF8.GetString(reply.Body.Span));
        return XDocument.Parse(Encoding.UTF8.GetString(reply.Body.Span)).Root!;
    }

    private Ec2Fault Fault(string form) => Parse(_endpoint.Handle(Versioned(form)));

    /// <summary>As every client sends it, unless the form names a version itself.</summary>
    private static string Versioned(string form) => form.Contains("Version=", StringComparison.Ordinal) ? form : $"Version=2016-11-15&{form}";

    private static Ec2Fault Parse(HttpReply reply)
    {
        var error = XDocument.Parse(Encoding.UTF8.GetString(reply.Body.Span)).Root!.Element("Errors")!.Element("Error")!;
        return new Ec2Fault(error.Element("Code")!.Value, error.Element("Message")!.Value, reply.Status);
    }
}

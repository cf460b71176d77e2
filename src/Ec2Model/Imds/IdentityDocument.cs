using System.Buffers;
using System.Text;
using System.Text.Json;
using AwsVpcCni.Ec2Model.Resources;

namespace AwsVpcCni.Ec2Model.Imds;

/// <summary><c>dynamic/instance-identity/document</c>; unsigned here.</summary>
internal static class IdentityDocument
{
    public static string Of(VpcOptions options, Instance instance) => Json.Write(json =>
    {
        json.WriteString("accountId", options.AccountId);
        json.WriteString("architecture", instance.Type.Architecture);
        json.WriteString("availabilityZone", instance.AvailabilityZone);
        json.WriteNull("billingProducts");
        json.WriteNull("devpayProductCodes");
        json.WriteNull("marketplaceProductCodes");
        json.WriteString("imageId", instance.ImageId);
        json.WriteString("instanceId", instance.Id);
        json.WriteString("instanceType", instance.Type.Name);
        json.WriteNull("kernelId");
        json.WriteString("pendingTime", Json.Time(instance.LaunchTime));
        json.WriteString("privateIp", instance.PrivateAddress.ToString());
        json.WriteNull("ramdiskId");
        json.WriteString("region", options.Region);
        json.WriteString("version", "2017-09-30");
    });
}

/// <summary>JSON as metadata writes it.</summary>
internal static class Json
{
    private static readonly JsonWriterOptions _indented =
        new() { Indented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Write(Action<Utf8JsonWriter> members)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, _indented))
        {
            json.WriteStartObject();
            members(json);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    public static string Time(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture);
}

using System.Text;
using System.Xml;
using AwsVpcCni.VpcLab.Ec2Api;

namespace AwsVpcCni.VpcLab.Sts;

/// <summary>The AWS Query protocol as STS writes it; unlike EC2's it has Result, ResponseMetadata and ErrorResponse elements.</summary>
internal static class StsXml
{
    private const string Namespace = "https://sts.amazonaws.com/doc/2011-06-15/";

    private static readonly UTF8Encoding _utf8 = new(encoderShouldEmitUTF8Identifier: false);

    public static HttpReply Reply(string action, Action<XmlWriter> result) => Write(200, (xml, requestId) =>
    {
        xml.WriteStartElement(action + "Response", Namespace);
        xml.Structure(action + "Result", () => result(xml));
        xml.Structure("ResponseMetadata", () => xml.Text("RequestId", requestId));
        xml.WriteEndElement();
    });

    public static HttpReply Fault(StsFault fault) => Write(fault.HttpStatus, (xml, requestId) =>
    {
        xml.WriteStartElement("ErrorResponse", Namespace);
        xml.Structure("Error", () =>
        {
            xml.Text("Type", fault.HttpStatus < 500 ? "Sender" : "Receiver");
            xml.Text("Code", fault.Code);
            xml.Text("Message", fault.Message);
        });
        xml.Text("RequestId", requestId);
        xml.WriteEndElement();
    });

    private static HttpReply Write(int status, Action<XmlWriter, string> write)
    {
        var requestId = Guid.NewGuid().ToString();
        using var body = new MemoryStream();
        using (var xml = XmlWriter.Create(body, new XmlWriterSettings { OmitXmlDeclaration = true, Encoding = _utf8 }))
            write(xml, requestId);
        return new HttpReply(status, "text/xml", [new("x-amzn-RequestId", requestId)], body.ToArray(), Due: null);
    }
}

using System.Globalization;
using System.Xml;

namespace AwsVpcCni.VpcLab.Ec2Api;

/// <summary>The few shapes that EC2's XML is made of.</summary>
internal static class XmlParts
{
    public static void Text(this XmlWriter xml, string name, string value) => Structure(xml, name, () => xml.WriteString(value));

    public static void TextIfAny(this XmlWriter xml, string name, string? value)
    {
        if (value is not null)
            xml.Text(name, value);
    }

    public static void Number(this XmlWriter xml, string name, int value) => xml.Text(name, value.ToString(CultureInfo.InvariantCulture));

    public static void Flag(this XmlWriter xml, string name, bool value) => xml.Text(name, value ? "true" : "false");

    /// <summary>Without a namespace of its own it is in the reply's.</summary>
    public static void Structure(this XmlWriter xml, string name, Action write)
    {
        xml.WriteStartElement(name);
        write();
        xml.WriteEndElement();
    }

    public static void List<T>(this XmlWriter xml, string name, IEnumerable<T> items, Action<T> write) => xml.Structure(name, () =>
    {
        foreach (var item in items)
            xml.Structure("item", () => write(item));
    });

    public static void Tags(this XmlWriter xml, IEnumerable<KeyValuePair<string, string>> tags) => xml.List("tagSet", tags, tag =>
    {
        xml.Text("key", tag.Key);
        xml.Text("value", tag.Value);
    });
}

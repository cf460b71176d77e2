using System.Xml;
using AwsVpcCni.Ec2Model.Limits;

namespace AwsVpcCni.VpcLab.Ec2Api;

/// <summary>An instance type in EC2's XML, as far as it is modelled.</summary>
internal static class InstanceTypeXml
{
    public static void Write(XmlWriter xml, InstanceType type)
    {
        xml.Text("instanceType", type.Name);
        xml.Flag("bareMetal", type.BareMetal);
        xml.TextIfAny("hypervisor", type.Hypervisor);
        xml.Structure("processorInfo", () =>
            xml.List("supportedArchitectures", [type.Architecture], xml.WriteString));
        xml.Structure("vCpuInfo", () => xml.Number("defaultVCpus", type.VCpus));
        xml.Structure("memoryInfo", () => xml.Number("sizeInMiB", type.MemoryMiB));
        xml.Structure("networkInfo", () =>
        {
            xml.Number("maximumNetworkInterfaces", type.Interfaces);
            xml.Number("maximumNetworkCards", type.InterfacesPerCard.Length);
            xml.Number("defaultNetworkCardIndex", 0);
            xml.List("networkCards", type.InterfacesPerCard.Index(), card =>
            {
                xml.Number("networkCardIndex", card.Index);
                xml.Number("maximumNetworkInterfaces", card.Item);
            });
            xml.Number("ipv4AddressesPerInterface", type.Ipv4AddressesPerInterface);
            xml.Number("ipv6AddressesPerInterface", type.Ipv6AddressesPerInterface);
            xml.Flag("ipv6Supported", type.Ipv6AddressesPerInterface > 0);
            xml.Flag("efaSupported", type.EfaInterfaces > 0);
            if (type.EfaInterfaces > 0)
                xml.Structure("efaInfo", () => xml.Number("maximumEfaInterfaces", type.EfaInterfaces));
        });
    }
}

using AwsVpcCni.Cni.Versions;

namespace AwsVpcCni.Cni.Errors;

/// <summary>Error results as the specification's section 5 "Error" writes them.</summary>
public static class CniErrorJson
{
    public static byte[] Encode(CniException error, CniVersion version) => CniJson.Encode(version, json =>
    {
        json.WriteNumber("code"u8, (int)error.Code);
        json.WriteString("msg"u8, error.Message);
        if (!string.IsNullOrEmpty(error.Details))
            json.WriteString("details"u8, error.Details);
    });
}

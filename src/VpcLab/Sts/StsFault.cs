namespace AwsVpcCni.VpcLab.Sts;

/// <summary>STS did not do it.</summary>
internal sealed record StsFault(string Code, string Message, int HttpStatus = 400);

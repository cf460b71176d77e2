namespace AwsVpcCni.Cni.Configuration;

/// <summary>One interface of one container, as <c>cni.dev/valid-attachments</c> lists it.</summary>
public readonly record struct CniAttachment(string ContainerId, string IfName);

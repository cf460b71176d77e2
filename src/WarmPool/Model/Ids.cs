namespace AwsVpcCni.WarmPool.Model;

/// <summary>An ENI's id, <c>eni-0123456789abcdef0</c>.</summary>
public readonly record struct EniId(string Value)
{
    public override string ToString() => Value;
}

/// <summary>The id of one attachment of an ENI to an instance, <c>eni-attach-…</c>; another attach gives another id.</summary>
public readonly record struct AttachmentId(string Value)
{
    public override string ToString() => Value;
}

/// <summary>Who owns addresses: one interface of one sandbox in one network. A pod being re-created can have two at once.</summary>
public readonly record struct PodKey(string NetworkName, string ContainerId, string InterfaceName)
{
    public override string ToString() => $"{NetworkName}/{ContainerId}/{InterfaceName}";
}

/// <summary>A pod's Kubernetes name; for people and metrics, never for deciding who owns an address.</summary>
public readonly record struct PodName(string Namespace, string Name)
{
    public override string ToString() => $"{Namespace}/{Name}";
}

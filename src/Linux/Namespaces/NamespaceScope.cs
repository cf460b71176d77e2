namespace AwsVpcCni.Linux.Namespaces;

/// <summary>The calling thread is inside a network namespace until this is disposed.</summary>
public readonly ref struct NamespaceScope
{
    private readonly NetworkNamespace _before;

    internal NamespaceScope(NetworkNamespace before) => _before = before;

    /// <summary>Back to where the thread came from.</summary>
    public void Dispose()
    {
        try
        {
            NetworkNamespace.SetCurrent(_before);
        }
        catch (NamespaceException e)
        {
            Environment.FailFast("the thread could not return to its own network namespace", e);
        }
        _before.Dispose();
    }
}

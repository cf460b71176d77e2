namespace AwsVpcCni.Ipamd.Serving;

/// <summary>
/// Room for connections of users other than root on the TCP listener, where anybody on the node may ask for health: without a limit
/// idle ones would fill the daemon's memory and its descriptors. Root's (probes, policy agents, plugins) are not counted.
/// </summary>
internal sealed class Strangers(int most)
{
    private int _here;

    /// <summary>False when there is no room.</summary>
    public bool TryEnter()
    {
        if (Interlocked.Increment(ref _here) <= most)
            return true;
        Interlocked.Decrement(ref _here);
        return false;
    }

    public void Leave() => Interlocked.Decrement(ref _here);
}

namespace AwsVpcCni.WarmPool.Model;

/// <summary>
/// Which ENI the next pod goes to: the primary one, which stays anyway, then the one with most pods, so that the others empty out and
/// can go. One ranking per network card.
/// </summary>
internal sealed class Packing
{
    private readonly Dictionary<int, Ranking<Eni>> _cards = [];
    private Eni? _primary;

    /// <summary>Null when no ENI of this card has a free address.</summary>
    public Eni? Fullest(int networkCard) =>
        networkCard == 0 && _primary is { Gives: true, Free: > 0 }
            ? _primary
            : _cards.TryGetValue(networkCard, out var ranking) ? ranking.Highest : null;

    /// <summary>To be called whenever anything changed that decides.</summary>
    public void Update(Eni eni)
    {
        if (eni.Role == EniRole.Primary)
            _primary = eni;
        else
            Of(eni).Put(eni.Rank, eni is { Gives: true, Free: > 0 } ? eni.Assigned : null);
    }

    public void Remove(Eni eni)
    {
        if (_primary == eni)
            _primary = null;
        else
            Of(eni).Put(eni.Rank, null);
    }

    private Ranking<Eni> Of(Eni eni)
    {
        if (!_cards.TryGetValue(eni.NetworkCard, out var ranking))
            _cards[eni.NetworkCard] = ranking = new Ranking<Eni>();
        return ranking;
    }
}

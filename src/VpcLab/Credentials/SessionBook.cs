using AwsVpcCni.Ec2Model.Credentials;

namespace AwsVpcCni.VpcLab.Credentials;

/// <summary>What was called with temporary credentials of this account: the last <see cref="Kept"/> of them. May be used on any thread.</summary>
internal sealed class SessionBook
{
    public const int Kept = 64;

    private readonly Lock _lock = new();
    private readonly List<SessionStatus> _sessions = [];

    /// <summary>In the order of their first calls.</summary>
    public IReadOnlyList<SessionStatus> All
    {
        get
        {
            lock (_lock)
                return [.. _sessions];
        }
    }

    /// <param name="fault">EC2's code; null when it did what was asked.</param>
    public void Note(IssuedCredentials session, string? fault)
    {
        lock (_lock)
        {
            var place = _sessions.FindIndex(known => known.AccessKeyId == session.AccessKeyId);
            if (place < 0)
            {
                if (_sessions.Count == Kept)
                    _sessions.RemoveAt(0);
                place = _sessions.Count;
                _sessions.Add(new SessionStatus(session.AccessKeyId, session.PrincipalArn, session.Made!.Value, session.Expires!.Value, Calls: 0, Faults: 0, LastFault: null));
            }

            var known = _sessions[place];
            _sessions[place] = fault is null
                ? known with { Calls = known.Calls + 1 }
                : known with { Calls = known.Calls + 1, Faults = known.Faults + 1, LastFault = fault };
        }
    }
}

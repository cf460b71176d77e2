using System.Text;
using AwsVpcCni.Ec2Model.Calls;

namespace AwsVpcCni.Ec2Model.Behaviour;

/// <summary>
/// Calls that are not to happen twice (ec2-facts.md §3): the same token with the same parameters gives the first call's reply, with others
/// it is IdempotentParameterMismatch. How long EC2 remembers is not documented; here it is for ever.
/// </summary>
internal sealed class ClientTokens
{
    private const int MaxLength = 64;

    private readonly Dictionary<(string Action, string Token), (string Parameters, Ec2Reply Reply)> _calls = [];

    /// <summary>What to answer without doing anything, or null: a new call, or one without token.</summary>
    /// <param name="parameters">All that the call says, in one canonical text (<see cref="CanonicalText"/>).</param>
    public Ec2Result? Find(string action, string? token, string parameters)
    {
        if (token is null)
            return null;

        if (token.Length is 0 or > MaxLength || !Ascii.IsValid(token))
            return Faults.InvalidValue($"Invalid value '{token}' for clientToken: expecting 1 to {MaxLength} ASCII characters.");

        if (!_calls.TryGetValue((action, token), out var earlier))
            return null;

        return earlier.Parameters == parameters ? earlier.Reply : Faults.TokenReused(token);
    }

    public void Remember(string action, string? token, string parameters, Ec2Reply reply)
    {
        if (token is not null)
            _calls.Add((action, token), (parameters, reply));
    }
}

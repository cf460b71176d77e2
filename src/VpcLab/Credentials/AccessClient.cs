using AwsVpcCni.VpcLab.Control;

namespace AwsVpcCni.VpcLab.Credentials;

/// <summary>Asks about credentials over a lab's control socket.</summary>
internal sealed class AccessClient(ControlClient control)
{
    internal Task<AccessStatus> StatusAsync(CancellationToken cancellation) =>
        control.SendAsync(HttpMethod.Get, "v1/access", null, AccessJson.Default.AccessStatus, cancellation);

    internal Task<AccessStatus> ChangeAsync(AccessChange change, CancellationToken cancellation) => control.SendAsync(
        HttpMethod.Post, "v1/access", JsonContent.Create(change, AccessJson.Default.AccessChange), AccessJson.Default.AccessStatus, cancellation);

    /// <summary>A service account token of the lab's cluster.</summary>
    internal async Task<string> TokenAsync(TokenRequest wish, CancellationToken cancellation) => (await control.SendAsync(
        HttpMethod.Post, "v1/token", JsonContent.Create(wish, AccessJson.Default.TokenRequest), AccessJson.Default.TokenReply, cancellation)).Token;
}

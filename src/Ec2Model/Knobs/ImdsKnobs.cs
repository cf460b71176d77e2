using AwsVpcCni.Ec2Model.Imds;
using static AwsVpcCni.Ec2Model.Knobs.KnobForms;

namespace AwsVpcCni.Ec2Model.Knobs;

/// <summary>What can be turned in instance metadata, besides its lags.</summary>
internal static class ImdsKnobs
{
    public static IEnumerable<Knob> All()
    {
        yield return Switch("imds.enabled", "Off: 403 to everything.", o => o.Imds.Enabled, (o, on) => With(o, o.Imds with { Enabled = on }));
        yield return Switch(
            "imds.tokenRequired", "Off: IMDSv1 answers too.", o => o.Imds.TokenRequired, (o, on) => With(o, o.Imds with { TokenRequired = on }));
        yield return Number(
            "imds.hopLimit", "How far a token gets: 1 to the node, 2 to its pods.", 1, 64, o => o.Imds.HopLimit, (o, hops) => With(o, o.Imds with { HopLimit = hops }));
        yield return Number(
            "imds.packetsPerSecond", "Per instance; EC2: 1024. 0: no limit.", 0, 1_000_000, o => o.Imds.PacketsPerSecond,
            (o, packets) => With(o, o.Imds with { PacketsPerSecond = packets }));
        yield return Duration("imds.latency", "From request to answer.", o => o.Imds.Latency, (o, range) => With(o, o.Imds with { Latency = range }));
        yield return Share("imds.slowShare", "How many answers take imds.slowLatency.", o => o.Imds.SlowShare, (o, share) => With(o, o.Imds with { SlowShare = share }));
        yield return Duration("imds.slowLatency", "What those take.", o => o.Imds.SlowLatency, (o, range) => With(o, o.Imds with { SlowLatency = range }));
        yield return Duration("imds.errorsEvery", "From one burst of 503 to the next.", o => o.Imds.ErrorsEvery, (o, range) => With(o, o.Imds with { ErrorsEvery = range }));
        yield return Duration("imds.errorsLast", "How long one lasts; 0: none.", o => o.Imds.ErrorsLast, (o, range) => With(o, o.Imds with { ErrorsLast = range }));
        yield return Duration(
            "imds.notFoundEvery", "From one time of missing leaves to the next.", o => o.Imds.NotFoundEvery, (o, range) => With(o, o.Imds with { NotFoundEvery = range }));
        yield return Duration(
            "imds.notFoundLasts", "How long it lasts; 0: never.", o => o.Imds.NotFoundLasts, (o, range) => With(o, o.Imds with { NotFoundLasts = range }));
        yield return Text("imds.role", "The instance profile's role.", o => o.Imds.RoleName, (o, role) => With(o, o.Imds with { RoleName = role }));
        yield return Span(
            "imds.credentialLifetime", "How long the role's credentials are good for.", o => o.Imds.CredentialLifetime,
            (o, time) => With(o, o.Imds with { CredentialLifetime = time }));
        yield return Span(
            "imds.credentialRotation", "How often they are made anew; at least every half lifetime.", o => o.Imds.CredentialRotation,
            (o, time) => With(o, o.Imds with { CredentialRotation = time }));
    }

    private static VpcOptions With(VpcOptions options, ImdsOptions imds) => options with { Imds = imds };
}

using System.Globalization;
using AwsVpcCni.Ec2Model.Credentials;
using AwsVpcCni.Ec2Model.Time;
using static AwsVpcCni.Ec2Model.Knobs.KnobForms;

namespace AwsVpcCni.Ec2Model.Knobs;

/// <summary>What can be turned in authorization, STS and the container credentials endpoint. Deny rules are <c>vpclab access</c>'s.</summary>
internal static class AccessKnobs
{
    public static IEnumerable<Knob> All()
    {
        yield return Switch(
            "access.authorize", "Check signatures; off: any credentials pass.", o => o.Access.Authorize, (o, on) => With(o, o.Access with { Authorize = on }));
        yield return new Knob(
            "access.clock", "How far the clock by which AWS checks signatures and ends credentials is ahead of the machine's.", "3h, -3h or 0",
            o => Signed(o.Access.Clock), (o, text) => Signed(text) is { } ahead ? With(o, o.Access with { Clock = ahead }) : null);
        yield return Span(
            "access.stsLifetime", "How long STS's credentials are good for at most.", o => o.Access.StsLifetime, (o, time) => With(o, o.Access with { StsLifetime = time }));
        yield return Duration("access.stsLatency", "From request to reply of STS.", o => o.Access.StsLatency, (o, range) => With(o, o.Access with { StsLatency = range }));
        yield return Text(
            "access.stsRefusal", "STS's error code for whoever wants credentials, such as AccessDenied.", o => o.Access.StsRefusal,
            (o, code) => With(o, o.Access with { StsRefusal = code }));
        yield return Text(
            "access.containerRole", "The role that EKS Pod Identity gives to pods.", o => o.Access.ContainerRole, (o, role) => With(o, o.Access with { ContainerRole = role }));
        yield return Span(
            "access.containerLifetime", "How long its credentials are good for.", o => o.Access.ContainerLifetime,
            (o, time) => With(o, o.Access with { ContainerLifetime = time }));
        yield return Duration(
            "access.containerLatency", "From request to answer of the container credentials endpoint.", o => o.Access.ContainerLatency,
            (o, range) => With(o, o.Access with { ContainerLatency = range }));
        yield return new Knob(
            "access.containerRefusal", "The HTTP status it answers with; 0: it gives credentials.", "400 to 599, or 0",
            o => o.Access.ContainerRefusal.ToString(CultureInfo.InvariantCulture),
            (o, text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var status) && status is 0 or (>= 400 and <= 599)
                ? With(o, o.Access with { ContainerRefusal = status })
                : null);
    }

    private static string Signed(TimeSpan time) => (time < TimeSpan.Zero ? "-" : "") + new DurationRange(time.Duration(), time.Duration());

    private static TimeSpan? Signed(string text) =>
        DurationRange.TryParseOne(text.StartsWith('-') ? text[1..] : text, out var span) ? text.StartsWith('-') ? -span : span : null;

    private static VpcOptions With(VpcOptions options, AccessOptions access) => options with { Access = access };
}

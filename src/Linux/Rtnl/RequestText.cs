using AwsVpcCni.Linux.Netlink;

namespace AwsVpcCni.Linux.Rtnl;

/// <summary>Says in ip(8)'s words what a request asks for. Read from the request's own bytes, and only when it has failed.</summary>
internal static class RequestText
{
    /// <param name="message">A whole message, as it was sent.</param>
    /// <param name="nameOf">A link's name by its index, or <c>#index</c>.</param>
    public static string Describe(ReadOnlySpan<byte> message, Func<int, string> nameOf)
    {
        new NetlinkReader(message).Read(out var request);
        var body = request.Body;
        return request.Type switch
        {
            Link.TypeNew => $"add link {Link.Describe(body)}",
            Link.TypeSet => $"set link {NamedLink(body, nameOf)}",
            Link.TypeGet => $"get link {Link.Describe(body)}",
            Link.TypeDelete => $"delete link {NamedLink(body, nameOf)}",
            Address.TypeNew => $"add address {Address.Describe(body, nameOf)}",
            Address.TypeDelete => $"delete address {Address.Describe(body, nameOf)}",
            Route.TypeNew => $"{Verb(request.Flags)} route {Route.Decode(body).Describe(nameOf)}",
            Route.TypeDelete => $"delete route {Route.Decode(body).Describe(nameOf)}",
            Route.TypeGet => $"get route to {Route.Decode(body).Destination.BaseAddress}",
            Rule.TypeNew => $"add rule {Rule.Decode(body)}",
            Rule.TypeDelete => $"delete rule {Rule.Decode(body)}",
            Neighbour.TypeNew => $"{Verb(request.Flags)} neighbour {Neighbour.Describe(body, nameOf)}",
            Neighbour.TypeDelete => $"delete neighbour {Neighbour.Describe(body, nameOf)}",
            _ => $"rtnetlink request {request.Type}",
        };
    }

    private static string Verb(NetlinkFlags flags) => (flags & NetlinkFlags.Replace) != 0 ? "replace" : "add";

    private static string NamedLink(ReadOnlySpan<byte> body, Func<int, string> nameOf)
    {
        var link = Link.Decode(body);
        return link.Index > 0 ? nameOf(link.Index) : Link.Describe(body);
    }
}

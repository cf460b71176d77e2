using System.Runtime.InteropServices;

namespace AwsVpcCni.Linux.Netlink;

/// <summary>The end of a request: NLMSG_ERROR (0 is an acknowledgement) or NLMSG_DONE, with the kernel's words when it has any.</summary>
/// <param name="Error">None when it was done.</param>
/// <param name="Text">NLMSGERR_ATTR_MSG.</param>
public readonly record struct NetlinkAck(Errno Error, string? Text)
{
    /// <summary>NLM_F_CAPPED: the request is not repeated in it.</summary>
    internal const NetlinkFlags Capped = (NetlinkFlags)0x100;

    /// <summary>NLM_F_ACK_TLVS: attributes with the kernel's own words follow.</summary>
    internal const NetlinkFlags HasAttributes = (NetlinkFlags)0x200;

    private const ushort AttributeMessage = 1;

    public static bool IsAck(NetlinkMessage message) => message.Type is NetlinkMessage.TypeError or NetlinkMessage.TypeDone;

    /// <exception cref="NetlinkFormatException">It is none.</exception>
    public static NetlinkAck Decode(NetlinkMessage message)
    {
        if (!IsAck(message))
            throw new NetlinkFormatException($"message type {message.Type} is no acknowledgement");
        var body = message.Body;
        if (body.Length < sizeof(int))
        {
            // Old kernels end some dumps with an empty DONE.
            if (message.Type == NetlinkMessage.TypeDone && body.IsEmpty)
                return default;
            throw new NetlinkFormatException($"an acknowledgement of {body.Length} bytes");
        }
        var code = MemoryMarshal.Read<int>(body);
        if (code is > 0 or < -4095)
            throw new NetlinkFormatException($"an acknowledgement with error {code}; errors are 0 to -4095");
        var error = (Errno)(-code);
        if ((message.Flags & HasAttributes) == 0)
            return new NetlinkAck(error, null);

        var attributes = new AttributeReader(body[AttributesOffset(message)..]);
        string? text = null;
        while (attributes.Read())
        {
            if (attributes.Type == AttributeMessage)
                text = attributes.Text();
        }
        return new NetlinkAck(error, text);
    }

    /// <summary>In NLMSG_ERROR the request's header, or all of the request unless it was capped, stands before the attributes.</summary>
    private static int AttributesOffset(NetlinkMessage message)
    {
        if (message.Type == NetlinkMessage.TypeDone)
            return sizeof(int);
        const int Original = sizeof(int);
        if (message.Body.Length < Original + NetlinkBatch.HeaderSize)
            throw new NetlinkFormatException($"an error of {message.Body.Length} bytes without the header it answers");
        if ((message.Flags & Capped) != 0)
            return Original + NetlinkBatch.HeaderSize;
        var length = MemoryMarshal.Read<uint>(message.Body[Original..]);
        var aligned = ((ulong)length + 3) & ~3UL;
        if (length < NetlinkBatch.HeaderSize || aligned > (ulong)(message.Body.Length - Original))
            throw new NetlinkFormatException($"an error that repeats a request of {length} bytes in {message.Body.Length}");
        return Original + (int)aligned;
    }
}

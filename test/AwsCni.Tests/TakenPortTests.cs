using System.Net;
using System.Net.Sockets;

namespace AwsVpcCni.AwsCni.Tests;

/// <summary>ipamd's port changes hands while the plugin connects.</summary>
public class TakenPortTests
{
    [Fact]
    public async Task Somebody_who_takes_ipamd_s_port_between_the_look_at_it_and_the_connection_is_not_believed()
    {
        await using var node = Node.Start();
        using var listener = node.Namespace.Listen(new IPEndPoint(IPAddress.Loopback, 50051));
        listener.Listen(0); // one connection waits to be taken, and the next one's SYN is dropped until then
        using var first = node.Namespace.Run(() =>
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            socket.Connect(IPAddress.Loopback, 50051);
            return socket;
        });
        await using var locked = new FileStream(Path.Combine(node.RunFolder, "ipamd.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        using var wire = node.Namespace.OpenSocket(AddressFamily.Packet, SocketType.Raw, (ProtocolType)Tcp.AllFrames);
        using var pod = node.NewPod();
        var adding = node.AddAsync(pod, new PluginCall { Keys = "\"ipamdAddress\":\"localhost:50051\",\"addTimeoutSeconds\":10" });
        await Tcp.SynAsync(wire, 50051); // it has looked: root listens
        SocketOwnership.Give(listener, 65534);
        using var taken = await listener.AcceptAsync(TestContext.Current.CancellationToken);
        Assert.Contains("uid 65534 listens there and not root", (await adding).FailedWith(104).Message, StringComparison.Ordinal);
    }
}

using System.Net;
using System.Net.Sockets;
using AwsVpcCni.Linux.Namespaces;
using AwsVpcCni.VpcLab.Nodes;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace AwsVpcCni.VpcLab.Server;

/// <summary>The listening sockets of one lab, each bound where it belongs before Kestrel takes them all.</summary>
internal sealed class Listeners : IDisposable
{
    private static readonly IPAddress _metadata = IPAddress.Parse(NodeEnvironment.MetadataAddress);

    private static readonly IPAddress _containerCredentials = IPAddress.Parse(NodeEnvironment.ContainerCredentialsAddress);

    private readonly List<(Socket Socket, EndpointRole Role)> _sockets = [];

    /// <summary>EC2 for any client on the machine.</summary>
    /// <returns>Where it listens.</returns>
    /// <exception cref="LabException">The port is taken.</exception>
    internal IPEndPoint AddMachine(int port)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
            socket.Listen();
        }
        catch (SocketException e)
        {
            socket.Dispose();
            throw new LabException($"EC2 can't listen on 127.0.0.1:{port}: {e.Message}. Choose another with --ec2-port; 0 takes a free one.", e);
        }

        _sockets.Add((socket, new EndpointRole(EndpointKind.Ec2, null)));
        return (IPEndPoint)socket.LocalEndPoint!;
    }

    /// <summary>
    /// IMDS, EC2 with STS, and the container credentials endpoint inside a node, where its link-local addresses are. For several nodes at once.
    /// </summary>
    internal void AddNode(string instanceId, NetworkNamespace network)
    {
        Add(new IPEndPoint(_metadata, 80), EndpointKind.Metadata);
        Add(new IPEndPoint(_metadata, NodeEnvironment.Ec2Port), EndpointKind.Ec2);
        Add(new IPEndPoint(_containerCredentials, 80), EndpointKind.Ec2);

        void Add(IPEndPoint at, EndpointKind kind)
        {
            var socket = network.Listen(at);
            lock (_sockets)
                _sockets.Add((socket, new EndpointRole(kind, instanceId)));
        }
    }

    /// <summary>Both for a node without namespaces, on a free port of the machine's loopback.</summary>
    internal IPEndPoint AddModelNode(string instanceId)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        _sockets.Add((socket, new EndpointRole(EndpointKind.Both, instanceId)));
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        socket.Listen();
        return (IPEndPoint)socket.LocalEndPoint!;
    }

    internal void GiveTo(KestrelServerOptions kestrel, LabPaths lab)
    {
        foreach (var (socket, role) in _sockets)
            kestrel.ListenHandle((ulong)socket.Handle, listen => Stamp(listen, role));
        kestrel.ListenUnixSocket(lab.ControlSocket, listen => Stamp(listen, new EndpointRole(EndpointKind.Control, null)));
    }

    /// <summary>Kestrel doesn't own what it gets by handle.</summary>
    public void Dispose()
    {
        foreach (var (socket, _) in _sockets)
            socket.Dispose();
    }

    private static void Stamp(ListenOptions listen, EndpointRole role)
    {
        listen.Protocols = HttpProtocols.Http1;
        listen.Use(next => connection =>
        {
            connection.Features.Set(role);
            return next(connection);
        });
    }
}

using System.Net;
using System.Net.Sockets;
using System.Text;
using AwsVpcCni.Ipamd.Observability;
using AwsVpcCni.Ipamd.Observability.Introspection;
using AwsVpcCni.Ipamd.Settings;
using AwsVpcCni.Tests;
using Microsoft.Extensions.Logging;
using Prometheus;

namespace AwsVpcCni.Ipamd.Tests.Observability;

/// <summary>The page that scrapers ask for, over real sockets.</summary>
public sealed class OpsHostTests
{
    private const int Most = 64;

    private readonly CollectorRegistry _registry = Metrics.NewCustomRegistry();

    public OpsHostTests() => Metrics.WithCustomRegistry(_registry).CreateGauge("a_gauge", "of this test").Set(7);

    [Fact]
    public async Task On_a_kernel_without_IPv6_every_address_of_the_node_is_every_IPv4_address()
    {
        // The default, :61678, with a free port.
        await using var page = await WithoutIpv6.Run(() => StartAsync(new IPEndPoint(IPAddress.IPv6Any, 0)));
        Assert.Equal(IPAddress.Any, page.EndPoint.Address);
        using var scraper = await ConnectAsync(page);
        Assert.Contains("a_gauge 7\n", await AskAsync(scraper), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Sixty_four_connections_that_have_asked_and_stay_keep_nobody_from_the_metrics()
    {
        await using var page = await StartAsync(new IPEndPoint(IPAddress.IPv6Any, 0));
        var idle = new List<Socket>();
        try
        {
            for (var i = 0; i < Most; i++)
            {
                idle.Add(await ConnectAsync(page));
                Assert.Contains("a_gauge 7\n", await AskAsync(idle[^1]), StringComparison.Ordinal);
            }

            using var scraper = await ConnectAsync(page);
            Assert.Contains("a_gauge 7\n", await AskAsync(scraper), StringComparison.Ordinal);

            // The one that has been idle for longest made room, and only that one: the last still has its connection.
            Assert.Equal("", await AskAsync(idle[0]));
            Assert.Contains("a_gauge 7\n", await AskAsync(idle[^1]), StringComparison.Ordinal);
        }
        finally
        {
            idle.ForEach(socket => socket.Dispose());
        }
    }

    [Fact]
    public async Task Sixty_four_connections_that_never_ask_keep_nobody_from_the_metrics()
    {
        await using var page = await StartAsync(new IPEndPoint(IPAddress.IPv6Any, 0));
        var silent = new List<Socket>();
        try
        {
            for (var i = 0; i < Most; i++)
                silent.Add(await ConnectAsync(page));
            using var scraper = await ConnectAsync(page);
            Assert.Contains("a_gauge 7\n", await AskAsync(scraper), StringComparison.Ordinal);
        }
        finally
        {
            silent.ForEach(socket => socket.Dispose());
        }
    }

    [Fact]
    public async Task Who_is_being_answered_is_not_sent_away_for_others()
    {
        var asked = new SemaphoreSlim(0);
        var answer = new TaskCompletionSource();
        _registry.AddBeforeCollectCallback(async _ =>
        {
            asked.Release();
            await answer.Task;
        });
        await using var page = await StartAsync(new IPEndPoint(IPAddress.IPv6Any, 0));
        var scrapers = new List<Socket>();
        try
        {
            var answers = new List<Task<string>>();
            for (var i = 0; i < Most; i++)
            {
                scrapers.Add(await ConnectAsync(page));
                answers.Add(AskAsync(scrapers[^1]));
                await asked.WaitAsync(TestContext.Current.CancellationToken);
            }

            Assert.Equal("", await VisitAsync(page));
            answer.SetResult();
            Assert.All(await Task.WhenAll(answers), text => Assert.Contains("a_gauge 7\n", text, StringComparison.Ordinal));
        }
        finally
        {
            answer.TrySetResult();
            scrapers.ForEach(socket => socket.Dispose());
        }
    }

    [Fact]
    public async Task Sixty_four_connections_that_ask_without_a_pause_keep_no_other_address_from_the_metrics()
    {
        var asked = new SemaphoreSlim(0);
        var answer = new TaskCompletionSource();
        _registry.AddBeforeCollectCallback(async _ =>
        {
            asked.Release();
            await answer.Task;
        });
        await using var page = await StartAsync(new IPEndPoint(IPAddress.Any, 0));
        var greedy = new List<Socket>();
        try
        {
            var answers = new List<Task<string>>();
            for (var i = 0; i < Most; i++)
            {
                greedy.Add(await ConnectAsync(page));
                answers.Add(AskAsync(greedy[^1]));
                await asked.WaitAsync(TestContext.Current.CancellationToken);
            }

            using var scraper = await ConnectAsync(page, from: IPAddress.Parse("127.0.0.2"));
            var scraped = AskAsync(scraper);
            await Task.WhenAny(scraped, asked.WaitAsync(TestContext.Current.CancellationToken));   // or it was sent away
            answer.SetResult();
            Assert.Contains("a_gauge 7\n", await scraped, StringComparison.Ordinal);
            Assert.Single(await Task.WhenAll(answers), text => text.Length == 0);   // one made room
        }
        finally
        {
            answer.TrySetResult();
            greedy.ForEach(socket => socket.Dispose());
        }
    }

    private async Task<Page> StartAsync(IPEndPoint endPoint)
    {
        var log = new EndPointInLog();
        // The pool is introspection's, which isn't started.
        var pages = new IntrospectionPages(pool: null!, new Dictionary<SettingGroup, IReadOnlyDictionary<string, string>>());
        var host = await OpsHost.StartAsync(endPoint, introspection: null, _registry, pages, log, CancellationToken.None);
        return new Page(host, log.Told ?? throw new InvalidOperationException("the log doesn't tell where the metrics are"));
    }

    private static async Task<Socket> ConnectAsync(Page page, IPAddress? from = null)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(from ?? IPAddress.Loopback, 0));
        await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, page.EndPoint.Port), TestContext.Current.CancellationToken);
        return socket;
    }

    /// <summary>The response on a connection of its own; empty when that is closed, perhaps before connect has returned.</summary>
    private static async Task<string> VisitAsync(Page page)
    {
        try
        {
            using var socket = await ConnectAsync(page);
            return await AskAsync(socket);
        }
        catch (SocketException)
        {
            return "";
        }
    }

    /// <summary>The response on a connection that stays; empty when it is closed instead.</summary>
    private static async Task<string> AskAsync(Socket socket)
    {
        try
        {
            await socket.SendAsync("GET /metrics HTTP/1.1\r\nHost: node\r\n\r\n"u8.ToArray(), TestContext.Current.CancellationToken);
            var text = new StringBuilder();
            var bytes = new byte[4096];
            while (await socket.ReceiveAsync(bytes, TestContext.Current.CancellationToken) is var count && count > 0)
            {
                text.Append(Encoding.ASCII.GetString(bytes, 0, count));
                if (text.ToString().EndsWith("\r\n0\r\n\r\n", StringComparison.Ordinal))   // the last chunk
                    return text.ToString();
            }
        }
        catch (SocketException)
        {
            // Reset.
        }

        return "";
    }

    private sealed record Page(OpsHost Host, IPEndPoint EndPoint) : IAsyncDisposable
    {
        public ValueTask DisposeAsync() => Host.DisposeAsync();
    }

    /// <summary>Where it listens, as the field of its log line tells.</summary>
    private sealed class EndPointInLog : ILoggerProvider, ILogger
    {
        public IPEndPoint? Told { get; private set; }

        public ILogger CreateLogger(string categoryName) => this;

        public bool IsEnabled(LogLevel logLevel) => true;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (state is IEnumerable<KeyValuePair<string, object?>> fields
                && fields.FirstOrDefault(field => field.Key == "EndPoint").Value is string text)
                Told = IPEndPoint.Parse(text);
        }

        public void Dispose()
        {
        }
    }
}

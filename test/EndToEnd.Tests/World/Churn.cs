using System.Collections.Concurrent;

namespace AwsVpcCni.EndToEnd.Tests.World;

/// <summary>
/// Pods that come and go on one node, so many workers at a time, each as a runtime does it: namespace, ADD; DEL, namespace gone. An ADD
/// that failed gets its DEL too. Every address is entered here while its pod has it: a second pod with it is a finding.
/// </summary>
internal sealed class Churn(Node node, int workers, int seed) : IDisposable
{
    private readonly ConcurrentDictionary<string, string> _owners = new();
    private readonly ConcurrentQueue<string> _findings = new();
    private readonly SemaphoreSlim _ended = new(0);
    private Task _running = Task.CompletedTask;
    private int _added;
    private int _refused;

    /// <summary>ADDs that succeeded.</summary>
    public int Added => _added;

    /// <summary>ADDs that the runtime was told to repeat.</summary>
    public int Refused => _refused;

    /// <summary>What must not be: an address with two pods, a DEL that failed.</summary>
    public IReadOnlyCollection<string> Findings => _findings;

    /// <summary>Waits until so many operations more have ended; throws what ended the workers, if something did.</summary>
    public async Task OperationsAsync(int count)
    {
        for (var i = 0; i < count; i++)
        {
            var ended = _ended.WaitAsync();
            if (await Task.WhenAny(ended, _running) == _running)
                await _running;
        }
    }

    /// <summary>Until stopped, or until a worker fails, which ends the others too; each worker's last pod stays.</summary>
    /// <returns>The pods that live.</returns>
    public Task<IReadOnlyList<Pod>> RunAsync(CancellationToken stop)
    {
        var running = WorkAsync(stop);
        _running = running;
        return running;
    }

    public void Dispose() => _ended.Dispose();

    private async Task<IReadOnlyList<Pod>> WorkAsync(CancellationToken stop)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var pods = await Task.WhenAll(Enumerable.Range(0, workers).Select(async worker =>
        {
            try
            {
                return await WorkAsync(worker, end.Token);
            }
            catch
            {
                await end.CancelAsync();
                throw;
            }
        }));
        return [.. pods.OfType<Pod>()];
    }

    private async Task<Pod?> WorkAsync(int worker, CancellationToken stop)
    {
        var random = new Random(HashCode.Combine(seed, worker));
        var live = new List<Pod>();
        for (var number = 0; !stop.IsCancellationRequested; number++)
        {
            // One pod or two of a worker live at a time, so that addresses are free, taken and cooling at every moment.
            if (live.Count == 2 || (live.Count == 1 && random.Next(2) == 0))
            {
                await DeleteAsync(live[0]);
                live.RemoveAt(0);
            }

            if (await AddAsync($"web-{worker}-{number}") is { } pod)
                live.Add(pod);
        }

        foreach (var pod in live.SkipLast(1))
            await DeleteAsync(pod);
        return live.LastOrDefault();
    }

    private async Task<Pod?> AddAsync(string name)
    {
        var (pod, ended) = await node.TryAddPodAsync(name);
        if (ended.ExitCode != 0)
        {
            Interlocked.Increment(ref _refused);
            await EndAsync(name);
            _ended.Release();
            return null;
        }

        Interlocked.Increment(ref _added);
        if (!_owners.TryAdd(pod.Address, name))
            _findings.Enqueue($"{pod.Address} was given to {name} while {_owners.GetValueOrDefault(pod.Address)} has it");
        _ended.Release();
        return pod;
    }

    private async Task DeleteAsync(Pod pod)
    {
        // From here on the address may be another's, a moment before the DEL is known to have ended.
        _owners.TryRemove(KeyValuePair.Create(pod.Address, pod.Name));
        await EndAsync(pod.Name);
        _ended.Release();
    }

    private async Task EndAsync(string pod)
    {
        var ended = await node.PluginAsync("DEL", pod);
        if (ended.ExitCode != 0)
            _findings.Enqueue($"the DEL of {pod} failed: {ended.Output} {ended.Error}");
        (await Lab.RunAsync(["delpod", "--name", node.Lab.Name, node.Name, pod])).Succeeded();
    }
}

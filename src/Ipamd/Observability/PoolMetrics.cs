using AwsVpcCni.WarmPool.Engine;
using Prometheus;

namespace AwsVpcCni.Ipamd.Observability;

/// <summary>
/// The pool's series. Names and labels of the original's are kept to the letter (compat.md, Metrics: dashboards join on them); what
/// ours knows beyond has series of its own. Gauges are read from the pool's snapshot when somebody scrapes.
/// </summary>
public sealed class PoolMetrics
{
    private readonly Gauge _eniMax;
    private readonly Gauge _ipMax;
    private readonly Gauge _enis;
    private readonly Gauge _total;
    private readonly Gauge _assigned;
    private readonly Gauge _prefixes;
    private readonly Gauge _perEni;
    private readonly Gauge _perCidr;
    private readonly Gauge _free;
    private readonly Gauge _cooling;
    private readonly Gauge _coming;
    private readonly Gauge _waiting;
    private readonly Gauge _cannotGrow;
    private readonly Gauge _actions;
    private readonly Counter _noAddress;
    private readonly Counter _checkpointErrors;
    private readonly Counter _ipamdErrors;
    private readonly Counter _reconciles;
    private readonly Counter _lostEnis;
    private readonly Counter _lostAddresses;
    private readonly Histogram _addWait;

    public PoolMetrics(CollectorRegistry registry)
    {
        var metrics = Metrics.WithCustomRegistry(registry);
        _eniMax = metrics.CreateGauge("awscni_eni_max", "The maximum number of ENIs that can be attached to the instance");
        _ipMax = metrics.CreateGauge("awscni_ip_max", "The maximum number of IP addresses that can be allocated to the instance");
        _enis = metrics.CreateGauge("awscni_eni_allocated", "The number of ENIs allocated");
        _total = metrics.CreateGauge("awscni_total_ip_addresses", "The total number of IP addresses");
        _assigned = metrics.CreateGauge("awscni_assigned_ip_addresses", "The number of IP addresses assigned to pods");
        _prefixes = metrics.CreateGauge("awscni_total_ipv4_prefixes", "The total number of IPv4 prefixes");
        _perEni = metrics.CreateGauge("awscni_assigned_ip_per_eni", "The number of pod addresses per ENI", "eni");
        _perCidr = metrics.CreateGauge("awscni_assigned_ip_per_cidr", "The number of pod addresses per block", "cidr");
        _free = metrics.CreateGauge("awscni_free_ip_addresses", "Addresses that can be given to a pod at once");
        _cooling = metrics.CreateGauge("awscni_cooling_ip_addresses", "Released addresses that rest before they are given again");
        _coming = metrics.CreateGauge("awscni_coming_ip_addresses", "Addresses that EC2 was asked for, or whose ENI is not routed yet");
        _waiting = metrics.CreateGauge("awscni_waiting_add_requests", "ADDs that wait for an address now");
        _cannotGrow = metrics.CreateGauge("awscni_cannot_grow", "1 while growth is held; the log and ADD's error say why");
        _actions = metrics.CreateGauge("awscni_ipamd_action_inprogress", "The number of ipamd actions in progress", "fn");
        _noAddress = metrics.CreateCounter("awscni_no_available_ip_addresses", "The number of ADDs that got no address");
        _checkpointErrors = metrics.CreateCounter("awscni_checkpoint_error_count", "Checkpoint writes that failed");
        _ipamdErrors = metrics.CreateCounter("awscni_ipamd_error_count", "The number of errors encountered in ipamd", "fn");
        _reconciles = metrics.CreateCounter("awscni_reconcile_count", "The number of differences that reconciling found", "fn");
        _lostEnis = metrics.CreateCounter("awscni_force_removed_enis", "The number of ENIs that others took away while they had pods");
        _lostAddresses = metrics.CreateCounter("awscni_force_removed_ips", "The number of addresses that others took away while they had pods");
        _addWait = metrics.CreateHistogram(
            "awscni_add_wait_seconds", "From an ADD's request to its reply, the checkpoint included",
            new HistogramConfiguration { Buckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15, 30] });
    }

    /// <summary>Counts what has no snapshot.</summary>
    public void Count(PoolNotice notice)
    {
        switch (notice)
        {
            case PoolNotice.AddEnded ended:
                _addWait.Observe(ended.Waited.TotalSeconds);
                if (ended.Reply is AddReply.Refused { Kind: AddRefusal.Exhausted })
                    _noAddress.Inc();
                break;
            case PoolNotice.CheckpointWritten { Error: not null }:
                _checkpointErrors.Inc();
                break;
            case PoolNotice.HostFailed:
                _ipamdErrors.WithLabels("setupENINetwork").Inc();
                break;
            case PoolNotice.CannotGrow:
                _ipamdErrors.WithLabels("increaseIPPoolAllocENI").Inc();
                break;
            case PoolNotice.Fault fault:
                _ipamdErrors.WithLabels(fault.Where).Inc();
                break;
            case PoolNotice.PodsCutOff lost:
                _lostEnis.Inc(lost.Enis);
                _lostAddresses.Inc(lost.Addresses);
                break;
            case PoolNotice.Drift:
                _reconciles.WithLabels("eniReconcile").Inc();
                break;
        }
    }

    /// <summary>Makes every scrape see the pool as it is at that moment.</summary>
    public void ReadAtScrape(CollectorRegistry registry, WarmPoolEngine pool) =>
        registry.AddBeforeCollectCallback(async cancellation => Show(await pool.ViewAsync(cancellation)));

    private void Show(WarmPool.Model.PoolView view)
    {
        var counters = view.Counters;
        _eniMax.Set(counters.MaxEnis);
        _ipMax.Set(counters.MaxAddresses);
        _enis.Set(counters.Enis);
        _total.Set(counters.Total);
        _assigned.Set(counters.Assigned);
        _prefixes.Set(counters.Prefixes);
        _free.Set(counters.Free);
        _cooling.Set(counters.Cooling);
        _coming.Set(counters.Coming);
        _waiting.Set(counters.Waiting);
        _cannotGrow.Set(counters.CannotGrow is null ? 0 : 1);
        _actions.WithLabels("increaseDatastorePool").Set(counters.ActionsRunning);

        var byEni = view.Enis.Where(static eni => eni.Id is not null).ToDictionary(
            static eni => eni.Id!.Value.Value, static eni => eni.Blocks.Sum(Assigned));
        var byBlock = view.Enis.SelectMany(static eni => eni.Blocks).Where(static block => Assigned(block) > 0).ToDictionary(
            static block => block.Block.ToString(), Assigned);
        Replace(_perEni, byEni);
        Replace(_perCidr, byBlock);
    }

    private static int Assigned(WarmPool.Model.BlockView block) => block.Addresses.Count(static address => address.Owner is not null);

    private static void Replace(Gauge gauge, Dictionary<string, int> values)
    {
        foreach (var gone in gauge.GetAllLabelValues().Select(static labels => labels[0]).Where(label => !values.ContainsKey(label)))
            gauge.RemoveLabelled(gone);
        foreach (var (label, value) in values)
            gauge.WithLabels(label).Set(value);
    }
}

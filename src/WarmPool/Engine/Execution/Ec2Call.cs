using AwsVpcCni.WarmPool.Engine.Seams;
using AwsVpcCni.WarmPool.Model;
using Polly;
using Polly.Retry;
using Polly.Timeout;

namespace AwsVpcCni.WarmPool.Engine.Execution;

/// <summary>
/// One kind of EC2 call with its pipeline: attempts with a time-out each, repeated with exponential back-off and jitter up to a
/// deadline. What EC2 says is a value all the way; only a seam's bug and a stop arrive as exceptions, and leave as values too.
/// </summary>
internal sealed class Ec2Call<T>
{
    private static readonly ResiliencePropertyKey<long> _started = new("started");

    private readonly CallPolicy _policy;
    private readonly TimeSpan _patience;
    private readonly CallBudget _budget;
    private readonly TimeProvider _time;
    private readonly Action<PoolNotice> _journal;
    private readonly ResiliencePipeline<Ec2Outcome<T>> _repeats;
    private readonly ResiliencePipeline<Ec2Outcome<T>> _attempt;
    private Trouble? _trouble;

    /// <param name="attempt">How long one attempt may take before its outcome counts as unknown.</param>
    public Ec2Call(
        CallPolicy policy, TimeSpan attempt, CallBudget budget, TimeProvider time, Func<double> random, Action<PoolNotice> journal)
    {
        _policy = policy;
        _patience = attempt;
        _budget = budget;
        _time = time;
        _journal = journal;
        _repeats = new ResiliencePipelineBuilder<Ec2Outcome<T>> { TimeProvider = time }
            .AddRetry(new RetryStrategyOptions<Ec2Outcome<T>>
            {
                ShouldHandle = args => ValueTask.FromResult(
                    policy.Retries(args.Outcome.Result)
                    && time.GetElapsedTime(args.Context.Properties.GetValue(_started, 0)) < policy.Deadline),
                BackoffType = DelayBackoffType.Exponential,
                Delay = TimeSpan.FromSeconds(0.5),
                MaxDelay = TimeSpan.FromSeconds(8),
                UseJitter = true,
                Randomizer = random,
                MaxRetryAttempts = int.MaxValue,
            })
            .Build();
        _attempt = new ResiliencePipelineBuilder<Ec2Outcome<T>> { TimeProvider = time }
            .AddTimeout(new TimeoutStrategyOptions { Timeout = attempt })
            .Build();
    }

    /// <param name="eni">For people.</param>
    /// <param name="call">One attempt.</param>
    /// <param name="stopping">Ends the repeats, and the attempt; its outcome is then unknown.</param>
    public async Task<Ec2Outcome<T>> RunAsync(
        EniId? eni, Func<CancellationToken, Task<Ec2Outcome<T>>> call, CancellationToken stopping)
    {
        // Without this flag Polly's continuations leave the pool's scheduler, and virtual time.
        var context = ResilienceContextPool.Shared.Get(continueOnCapturedContext: true, stopping);
        context.Properties.Set(_started, _time.GetTimestamp());
        var attempts = 0;
        var unsure = new Unsure();
        try
        {
            var outcome = await _repeats.ExecuteAsync(
                async (outer, state) => unsure.Note(await AttemptAsync(
                    state.eni, state.call, ++attempts, Left(outer), outer.CancellationToken)),
                context,
                (eni, call));
            return WithReason(unsure.Overall(outcome));
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            return new Ec2Outcome<T>.Unknown("stopped while waiting to repeat it");
        }
        finally
        {
            ResilienceContextPool.Shared.Return(context);
        }
    }

    private async Task<Ec2Outcome<T>> AttemptAsync(
        EniId? eni, Func<CancellationToken, Task<Ec2Outcome<T>>> call, int number, TimeSpan left, CancellationToken stopping)
    {
        try
        {
            if (!await _budget.TakeAsync(left, stopping))
                return NotMade(
                    $"{_policy.Action} rests for more than {_policy.Deadline.TotalSeconds:0} s: its budget is used up, or EC2 throttled or did not answer the last ones");
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            return NotMade("stopped before the call");
        }

        var began = _time.GetTimestamp();
        var context = ResilienceContextPool.Shared.Get(continueOnCapturedContext: true, stopping);
        Ec2Outcome<T> outcome;
        try
        {
            outcome = await _attempt.ExecuteAsync(
                static async (inner, call) => await call(inner.CancellationToken), context, call);
        }
        catch (TimeoutRejectedException)
        {
            outcome = new Ec2Outcome<T>.Unknown($"no reply within {_patience.TotalSeconds:0} s");
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            outcome = new Ec2Outcome<T>.Unknown("stopped before the reply");
        }
        catch (Exception e)
        {
            _journal(new PoolNotice.Fault(_policy.Action, e));
            outcome = new Ec2Outcome<T>.Unknown($"{e.GetType().Name}: {e.Message}");
        }
        finally
        {
            ResilienceContextPool.Shared.Return(context);
        }

        _trouble = outcome switch
        {
            Ec2Outcome<T>.Refused { Kind: Refusal.Throttled or Refusal.Unavailable } refused => new Trouble(refused.Code, refused.Message),
            Ec2Outcome<T>.Unknown unknown => new Trouble("Unknown", unknown.Reason),
            _ => null,
        };
        if (outcome is Ec2Outcome<T>.Refused { Kind: Refusal.Throttled })
            _budget.Throttled();
        else if (outcome is Ec2Outcome<T>.Unknown or Ec2Outcome<T>.Refused { Kind: Refusal.Unavailable })
            _budget.Unheard();
        else
            _budget.Answered();
        outcome = WithPermission(outcome);
        var (error, message) = outcome switch
        {
            Ec2Outcome<T>.Refused refused => (refused.Code, refused.Message),
            Ec2Outcome<T>.Unknown unknown => ("Unknown", unknown.Reason),
            _ => (null, (string?)null),
        };
        _journal(new PoolNotice.Ec2Call(_policy.Action, eni, error, message, _time.GetElapsedTime(began), number));
        return outcome;
    }

    private TimeSpan Left(ResilienceContext context)
    {
        var left = _policy.Deadline - _time.GetElapsedTime(context.Properties.GetValue(_started, 0));
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }

    private static Ec2Outcome<T>.Refused NotMade(string why) => new(Refusal.Throttled, CallPolicy.OverBudget, why);

    // Why it rests is what an operator can do something about.
    private Ec2Outcome<T> WithReason(Ec2Outcome<T> outcome) =>
        outcome is Ec2Outcome<T>.Refused { Code: CallPolicy.OverBudget } rests && _trouble is { } trouble
            ? rests with { Code = trouble.Code, Message = $"{trouble.Message}; {_policy.Action} rests until EC2 may answer again" }
            : outcome;

    // Whoever reads it has to change a policy: the action's name belongs into the text.
    private Ec2Outcome<T> WithPermission(Ec2Outcome<T> outcome) =>
        outcome is Ec2Outcome<T>.Refused { Kind: Refusal.Denied, Code: "UnauthorizedOperation" } denied
        && !denied.Message.Contains($"ec2:{_policy.Action}", StringComparison.Ordinal)
            ? denied with { Message = $"{denied.Message} (the node's role needs ec2:{_policy.Action})" }
            : outcome;

    private sealed record Trouble(string Code, string Message);

    /// <summary>An attempt whose reply was lost may have done it: a later one that EC2 did not even look at says nothing about that.</summary>
    private sealed class Unsure
    {
        private Ec2Outcome<T>.Unknown? _lost;

        public Ec2Outcome<T> Note(Ec2Outcome<T> outcome)
        {
            _lost = outcome switch
            {
                Ec2Outcome<T>.Unknown unknown => unknown,
                _ => _lost,
            };
            return outcome;
        }

        public Ec2Outcome<T> Overall(Ec2Outcome<T> last) =>
            _lost is not null && last is Ec2Outcome<T>.Refused { Kind: Refusal.Throttled or Refusal.Unavailable or Refusal.Denied or Refusal.Other } ? _lost : last;
    }
}

using AwsVpcCni.WarmPool.Engine.Seams;

namespace AwsVpcCni.Ipamd.Cloud.Ec2;

/// <summary>The way from one outcome to the next.</summary>
internal static class Ec2OutcomeSteps
{
    /// <summary>Reads what EC2 gave. What it refused, and what is not known, stays as it is.</summary>
    public static Ec2Outcome<TOut> Then<TIn, TOut>(this Ec2Outcome<TIn> outcome, Func<TIn, Ec2Outcome<TOut>> read) => outcome switch
    {
        Ec2Outcome<TIn>.Done { Value: var value } => read(value),
        Ec2Outcome<TIn>.Refused refused => new Ec2Outcome<TOut>.Refused(refused.Kind, refused.Code, refused.Message),
        Ec2Outcome<TIn>.Unknown { Reason: var reason } => new Ec2Outcome<TOut>.Unknown(reason),
        _ => throw new InvalidOperationException($"unknown outcome {outcome}"),
    };

    /// <summary>A reply whose content says nothing beyond that it came.</summary>
    public static Ec2Outcome<Nothing> ToNothing<TIn>(this Ec2Outcome<TIn> outcome) =>
        outcome.Then(static _ => (Ec2Outcome<Nothing>)new Ec2Outcome<Nothing>.Done(default));

    public static bool IsNotFound<T>(this Ec2Outcome<T> outcome) =>
        outcome is Ec2Outcome<T>.Refused { Code: var code } && Ec2Errors.IsNotFound(code);
}

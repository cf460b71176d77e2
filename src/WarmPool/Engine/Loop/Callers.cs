using AwsVpcCni.WarmPool.Model;

namespace AwsVpcCni.WarmPool.Engine.Loop;

/// <summary>An ADD that is not answered yet. All but <see cref="Reply"/> is the loop's.</summary>
internal sealed class AddCaller(PodKey key, PodName name)
{
    public PodKey Key { get; } = key;

    public PodName Name { get; } = name;

    public TaskCompletionSource<AddReply> Reply { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>When the loop first saw it.</summary>
    public TimeSpan Since { get; set; }

    /// <summary>When waiting for an address ends.</summary>
    public TimeSpan Deadline { get; set; }

    public bool GaveUp { get; set; }

    public bool Answered => GaveUp || Reply.Task.IsCompleted;
}

/// <summary>A DEL that is not answered yet.</summary>
/// <param name="noted">When the DEL came, if only a note of it was left; null for one that comes now.</param>
internal sealed class DelCaller(PodKey key, DateTimeOffset? noted)
{
    public PodKey Key { get; } = key;

    public DateTimeOffset? Noted { get; } = noted;

    public TaskCompletionSource<DelReply> Reply { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
}

namespace AwsVpcCni.Ipamd.Cloud.Imds;

/// <summary>
/// The session token of IMDSv2: a new one before the old one ends, and one fetch at a time that everybody who needs a token
/// shares, its failure included. (Waiting in line to fail one by one would take a node's start minutes.)
/// </summary>
internal sealed class ImdsTokens(TimeSpan lifetime, Func<Task<ImdsReply<string>>> fetch, TimeProvider time)
{
    private readonly Lock _lock = new();
    private Token? _current;
    private Task<ImdsReply<string>>? _fetching;

    /// <summary>A token that is good for a while, or why there is none.</summary>
    public Task<ImdsReply<string>> CurrentAsync(CancellationToken cancellation) => TokenAsync(refused: null, cancellation);

    /// <summary>A token other than <paramref name="refused"/>, or why there is none.</summary>
    public Task<ImdsReply<string>> ReplaceAsync(string refused, CancellationToken cancellation) => TokenAsync(refused, cancellation);

    private Task<ImdsReply<string>> TokenAsync(string? refused, CancellationToken cancellation)
    {
        Task<ImdsReply<string>> fetching;
        lock (_lock)
        {
            if (_current is { } token && token.Text != refused && time.GetElapsedTime(token.Asked) < lifetime * 0.9)
                return Task.FromResult<ImdsReply<string>>(new ImdsReply<string>.Value(token.Text));
            fetching = _fetching is { IsCompleted: false } ? _fetching : _fetching = FetchAsync();
        }

        // The fetch belongs to all who wait, so one who gives up does not end it; it is bounded by itself.
        return fetching.WaitAsync(cancellation);
    }

    private async Task<ImdsReply<string>> FetchAsync()
    {
        // A token's life begins before the request, not after the reply: IMDS counts from some moment between.
        var asked = time.GetTimestamp();
        var reply = await fetch().ConfigureAwait(false);
        lock (_lock)
            _current = reply is ImdsReply<string>.Value { Content: var text } ? new Token(text, asked) : null;
        return reply;
    }

    private sealed record Token(string Text, long Asked);
}

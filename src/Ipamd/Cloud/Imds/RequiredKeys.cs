namespace AwsVpcCni.Ipamd.Cloud.Imds;

/// <summary>Several keys asked for at once, of which none may be missing.</summary>
internal sealed class RequiredKeys(ImdsClient imds, CancellationToken cancellation)
{
    private readonly List<Task<ImdsFailure?>> _asked = [];

    /// <summary>Starts reading a key. The answer may be used once <see cref="FailureAsync"/> has said null.</summary>
    public Answer<T> Ask<T>(string key, ImdsForm<T> form)
    {
        var answer = new Answer<T>();
        _asked.Add(FillAsync(answer, key, form));
        return answer;
    }

    /// <summary>Waits for all that was asked. Null, or the first failure in the order of asking.</summary>
    public async Task<ImdsFailure?> FailureAsync()
    {
        var failures = await Task.WhenAll(_asked).ConfigureAwait(false);
        return failures.FirstOrDefault(failure => failure is not null);
    }

    private async Task<ImdsFailure?> FillAsync<T>(Answer<T> answer, string key, ImdsForm<T> form)
    {
        switch (await imds.GetAsync(key, form, cancellation).ConfigureAwait(false))
        {
            case ImdsReply<T>.Value { Content: var value }:
                answer.Fill(value);
                return null;
            case ImdsReply<T>.Failed { Failure: var failure }:
                return failure;
            default:
                return imds.Missing(key);
        }
    }
}

/// <summary>A value that arrives later.</summary>
internal sealed class Answer<T>
{
    private bool _filled;
    private T? _value;

    public T Value => _filled ? _value! : throw new InvalidOperationException("The answer was used before it was known to be there.");

    public void Fill(T value) => (_value, _filled) = (value, true);
}

namespace AwsVpcCni.Fuzz;

/// <summary>Something that takes bytes from strangers.</summary>
/// <param name="Corpus">Valid inputs, from which hostile ones are made.</param>
/// <param name="Mutate">Another input of the same kind, mostly well-formed.</param>
/// <param name="Run">
/// Decodes it, and answers what became of it in few words: the same words for what took the same way. Throws what is not a decoder's own
/// error, and when what it answered is not what it promises.
/// </param>
internal sealed record FuzzTarget(
    string Name, IReadOnlyList<byte[]> Corpus, Func<byte[], Random, byte[]> Mutate, Func<byte[], string> Run)
{
    /// <summary>What it feeds: the branches in there are what it has to take.</summary>
    public required IReadOnlyList<DecoderSource> Decoders { get; init; }
}

/// <param name="File">The end of its path.</param>
/// <param name="Methods">Those that decode, where the file does other things too; none stands for all.</param>
internal sealed record DecoderSource(string File, params IReadOnlyList<string> Methods);

/// <summary>A decoder broke one of its promises.</summary>
internal sealed class BrokenPromiseException : Exception
{
    public BrokenPromiseException()
    {
    }

    public BrokenPromiseException(string message)
        : base(message)
    {
    }

    public BrokenPromiseException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}

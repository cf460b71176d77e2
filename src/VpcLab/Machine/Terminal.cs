using System.Text;

namespace AwsVpcCni.VpcLab.Machine;

/// <summary>
/// Standard output and error as this program writes to them: when their reader is gone (a closed terminal, a full disk), what is
/// written is lost, and everybody is told by <see cref="Gone"/>. An exception instead would come up on whatever thread draws, and
/// end the program before it has taken its namespaces down.
/// </summary>
internal static class Terminal
{
    private static readonly CancellationTokenSource _gone = new();

    /// <summary>Cancelled when something could not be written.</summary>
    internal static CancellationToken Gone => _gone.Token;

    internal static void Install()
    {
        Console.SetOut(new Writer(Console.Out));
        Console.SetError(new Writer(Console.Error));
    }

    private sealed class Writer(TextWriter inner) : TextWriter(inner.FormatProvider)
    {
        public override Encoding Encoding => inner.Encoding;

        public override void Write(char value) => Try(() => inner.Write(value));

        public override void Write(char[] buffer, int index, int count) => Try(() => inner.Write(buffer, index, count));

        public override void Write(string? value) => Try(() => inner.Write(value));

        public override void WriteLine(string? value) => Try(() => inner.WriteLine(value));

        public override void Flush() => Try(inner.Flush);

        private static void Try(Action write)
        {
            try
            {
                write();
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or ObjectDisposedException)
            {
                _gone.Cancel();
            }
        }
    }
}

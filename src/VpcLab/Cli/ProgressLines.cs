using Spectre.Console;

namespace AwsVpcCni.VpcLab.Cli;

/// <summary>How something goes on: on a terminal with a sign of life, elsewhere as lines that read well in a log.</summary>
internal static class ProgressLines
{
    internal static void Show(string text) => Console.WriteLine($"  · {text}");

    /// <param name="work">Gets a way to tell its steps.</param>
    internal static async Task<T> ShowAsync<T>(string title, Func<Action<string>, Task<T>> work)
    {
        if (Console.IsOutputRedirected)
            return await work(Show);
        var screen = Screen.Create();
        return await screen.Status().Spinner(Spinner.Known.Dots).StartAsync(Markup.Escape(title), _ =>
            work(step => screen.MarkupLineInterpolated($"  [green]✓[/] {step}")));
    }
}

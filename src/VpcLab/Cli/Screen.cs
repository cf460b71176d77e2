using Spectre.Console;

namespace AwsVpcCni.VpcLab.Cli;

/// <summary>Standard output as a terminal where it is one, and as plain lines where it isn't.</summary>
internal static class Screen
{
    /// <summary>A file has no edge; the terminal's default of 80 would break every id in two.</summary>
    private const int FileWidth = 200;

    internal static IAnsiConsole Create()
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = Console.IsOutputRedirected ? AnsiSupport.No : AnsiSupport.Detect,
            ColorSystem = Console.IsOutputRedirected ? ColorSystemSupport.NoColors : ColorSystemSupport.Detect,
            Interactive = Console.IsOutputRedirected ? InteractionSupport.No : InteractionSupport.Detect,
        });
        if (Console.IsOutputRedirected)
            console.Profile.Width = FileWidth;
        return console;
    }
}

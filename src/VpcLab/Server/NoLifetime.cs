namespace AwsVpcCni.VpcLab.Server;

/// <summary>Leaves signals to the program: the lab ends the web host, not the reverse.</summary>
internal sealed class NoLifetime : IHostLifetime
{
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}

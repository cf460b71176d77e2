using System.Net.Http.Headers;
using System.Text.Json;

namespace AwsVpcCni.VpcLab.Control;

/// <summary>Turns knobs and orders faults over a lab's control socket.</summary>
internal sealed class KnobClient(ControlClient control)
{
    internal Task<IReadOnlyList<KnobStatus>> KnobsAsync(CancellationToken cancellation) =>
        control.SendAsync(HttpMethod.Get, "v1/knobs", null, KnobJson.Default.IReadOnlyListKnobStatus, cancellation);

    /// <returns>Those that were turned.</returns>
    /// <exception cref="LabException">One of them is wrong; none was turned.</exception>
    internal Task<IReadOnlyList<KnobStatus>> SetAsync(Dictionary<string, string> settings, CancellationToken cancellation) => control.SendAsync(
        HttpMethod.Post, "v1/knobs", Json(JsonSerializer.SerializeToUtf8Bytes(settings, KnobJson.Default.DictionaryStringString)),
        KnobJson.Default.IReadOnlyListKnobStatus, cancellation);

    internal Task<IReadOnlyList<FaultStatus>> FaultsAsync(CancellationToken cancellation) =>
        control.SendAsync(HttpMethod.Get, "v1/faults", null, KnobJson.Default.IReadOnlyListFaultStatus, cancellation);

    /// <exception cref="LabException">The fault makes no sense; says why.</exception>
    internal Task<FaultStatus> AddAsync(FaultOrder order, CancellationToken cancellation) => control.SendAsync(
        HttpMethod.Post, "v1/faults", Json(JsonSerializer.SerializeToUtf8Bytes(order, KnobJson.Default.FaultOrder)), KnobJson.Default.FaultStatus, cancellation);

    /// <param name="id">Null for all.</param>
    /// <returns>Those that are left.</returns>
    internal Task<IReadOnlyList<FaultStatus>> ClearAsync(int? id, CancellationToken cancellation) => control.SendAsync(
        HttpMethod.Delete, id is null ? "v1/faults" : $"v1/faults/{id}", null, KnobJson.Default.IReadOnlyListFaultStatus, cancellation);

    private static ByteArrayContent Json(byte[] body) => new(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
}

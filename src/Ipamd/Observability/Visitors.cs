using System.Net;
using Microsoft.AspNetCore.Connections;

namespace AwsVpcCni.Ipamd.Observability;

/// <summary>
/// The connections to a page that anybody may ask for, pods too. There is room for so many; when it is full the newest takes the place of
/// one from the address that has most: of the one that has been idle for longest or, where that address is asking without a pause and has
/// more than the newcomer's, of one that is being answered. So nobody keeps others out, neither by connecting and asking nothing nor by asking.
/// </summary>
internal sealed class Visitors(int most)
{
    private readonly Lock _gate = new();
    private readonly LinkedList<Visitor> _idle = [];
    private readonly List<Visitor> _here = [];

    /// <summary>Null when all of them are being answered and no address has more than this one's: there is no room.</summary>
    public Visitor? Enter(ConnectionContext connection)
    {
        Visitor? leaves = null;
        var visitor = new Visitor(this, connection);
        lock (_gate)
        {
            if (_here.Count == most)
            {
                leaves = MakesRoomFor(visitor);
                if (leaves is null)
                    return null;
                Remove(leaves);
            }

            _here.Add(visitor);
            _idle.AddLast(visitor.Place);
        }

        leaves?.Abort();
        return visitor;
    }

    private Visitor? MakesRoomFor(Visitor newcomer)
    {
        var own = From(newcomer.Address) + 1;
        return _idle.Where(idle => idle.Address.Equals(newcomer.Address) || From(idle.Address) >= own).MaxBy(idle => From(idle.Address))
            ?? _here.Where(other => From(other.Address) > own).MaxBy(other => From(other.Address));

        int From(IPAddress address) => _here.Count(visitor => visitor.Address.Equals(address));
    }

    private void Remove(Visitor visitor)
    {
        if (visitor.IsGone)
            return;
        visitor.IsGone = true;
        if (visitor.Place.List is not null)
            _idle.Remove(visitor.Place);
        _here.Remove(visitor);
    }

    /// <summary>One connection: idle until it has asked, and again when it has its answer.</summary>
    internal sealed class Visitor : IDisposable
    {
        private readonly Visitors _all;
        private readonly ConnectionContext _connection;

        internal Visitor(Visitors all, ConnectionContext connection)
        {
            _all = all;
            _connection = connection;
            Address = connection.RemoteEndPoint is IPEndPoint remote ? remote.Address : IPAddress.None;
            Place = new LinkedListNode<Visitor>(this);
        }

        /// <summary>A pod's own, or the node's; none on a unix socket.</summary>
        internal IPAddress Address { get; }

        internal LinkedListNode<Visitor> Place { get; }

        internal bool IsGone { get; set; }

        /// <summary>Answers a request; the connection isn't idle meanwhile.</summary>
        public async Task AnswerAsync(Func<Task> answer)
        {
            lock (_all._gate)
            {
                if (Place.List is not null)
                    _all._idle.Remove(Place);
            }

            try
            {
                await answer();
            }
            finally
            {
                lock (_all._gate)
                {
                    if (!IsGone)
                        _all._idle.AddLast(Place);
                }
            }
        }

        internal void Abort() => _connection.Abort(new ConnectionAbortedException("others came, and its address had most connections"));

        public void Dispose()
        {
            lock (_all._gate)
                _all.Remove(this);
        }
    }
}

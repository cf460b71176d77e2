using Microsoft.AspNetCore.Connections;

namespace AwsVpcCni.Ipamd.Observability;

/// <summary>
/// The connections to a page that anybody may ask for, pods too. There is room for so many; when it is full the newest takes the place
/// of the one that has been idle for longest, so that nobody can keep others out by connecting and asking nothing.
/// </summary>
internal sealed class Visitors(int most)
{
    private readonly Lock _gate = new();
    private readonly LinkedList<Visitor> _idle = [];
    private int _here;

    /// <summary>Null when all of them are being answered: there is no room.</summary>
    public Visitor? Enter(ConnectionContext connection)
    {
        Visitor? leaves = null;
        var visitor = new Visitor(this, connection);
        lock (_gate)
        {
            if (_here == most)
            {
                if (_idle.First is not { } longest)
                    return null;
                leaves = longest.Value;
                Remove(leaves);
            }

            _here++;
            _idle.AddLast(visitor.Place);
        }

        leaves?.Abort();
        return visitor;
    }

    private void Remove(Visitor visitor)
    {
        if (visitor.IsGone)
            return;
        visitor.IsGone = true;
        if (visitor.Place.List is not null)
            _idle.Remove(visitor.Place);
        _here--;
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
            Place = new LinkedListNode<Visitor>(this);
        }

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

        internal void Abort() => _connection.Abort(new ConnectionAbortedException("idle for longest, and others came"));

        public void Dispose()
        {
            lock (_all._gate)
                _all.Remove(this);
        }
    }
}

using Tessera.Wire.Protocol;

namespace Tessera.Host.Sharing;

/// <summary>Takes a session back to an address that is preferred to the one in use, as soon as that answers. The new connection takes the old one's place as after a loss: nothing is lost, and
/// nothing done twice.</summary>
internal sealed class WayBack
{
    private readonly ShareConnector connector;
    private readonly ShareConnection current;
    private readonly CancellationTokenSource over = new();
    private readonly Task<ShareConnection?> running;

    private WayBack(ShareConnector connector, ShareConnection current, SessionKey session, WireFeatures features)
    {
        this.connector = connector;
        this.current = current;
        running = RunAsync(session, features);
    }

    /// <summary>Looks for a better address until it is ended; null: there is none.</summary>
    public static WayBack? Start(ShareConnector connector, ShareConnection current, SessionKey session, WireFeatures features) =>
        current.Address == 0 ? null : new WayBack(connector, current, session, features);

    /// <summary>The connection in use is lost, given up for a better one, or needed no more.</summary>
    /// <returns>The better one, over which the session goes on; null: there is none.</returns>
    public async Task<ShareConnection?> EndAsync()
    {
        await over.CancelAsync();
        ShareConnection? better = await running;
        over.Dispose();
        return better;
    }

    private async Task<ShareConnection?> RunAsync(SessionKey session, WireFeatures features)
    {
        try
        {
            while (true)
            {
                await Task.Delay(connector.ReturnPause, over.Token);
                if (await connector.TryReturnAsync(current, session, features, over.Token) is { } better)
                {
                    current.Transport.Abort(); // The server has left it by now; whoever waits on it is to see that.
                    return better;
                }
            }
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }
}

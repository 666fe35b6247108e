using Tessera.Mount.Tests.Harness;

namespace Tessera.Mount.Tests.Sharing;

/// <summary>Many clients, each with a small directory of its own.</summary>
internal sealed class ClientFleet : IAsyncDisposable
{
    /// <summary>What happens at the same moment: a server that was away is met by all of its clients.</summary>
    private const int AtOnce = 64;

    private readonly SmallClient[] clients;

    public ClientFleet(IEnumerable<string> names, SharedWorkspace server, string token)
    {
        byte[] content = new byte[SessionLoad.FileBytes];
        clients = [.. names.Select(name =>
        {
            string directory = Directory.CreateDirectory(Path.Combine(server.Source, name)).FullName;
            File.WriteAllBytes(Path.Combine(directory, "data"), content);
            return new SmallClient(directory, $"ws://{server.Address}/workspaces/{name}", token);
        })];
    }

    public Task EachAsync(Func<SmallClient, Task> action) =>
        Parallel.ForEachAsync(clients, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (client, _) => await action(client));

    public async ValueTask DisposeAsync()
    {
        foreach (SmallClient client in clients)
        {
            await client.DisposeAsync();
        }
    }
}

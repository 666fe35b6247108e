using System.Net;
using Tessera.Mount.Tests.Harness;

namespace Tessera.Mount.Tests.Sharing;

/// <summary>Who may connect, and what becomes of a workspace when connections, clients and servers go.</summary>
public sealed class ConnectionTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task A_cut_connection_is_made_anew_and_a_program_in_the_workspace_does_not_notice()
    {
        await using var workspace = new SharedWorkspace("--grace", "60");
        using var proxy = new CuttingProxy(workspace.Address);
        workspace.Share(proxy.Address);
        string[] lines = [.. Enumerable.Range(0, 300).Select(i => $"{i}")];

        // Each name is made once or the program says so: O_EXCL done twice is EEXIST.
        using System.Diagnostics.Process program = Programs.Start(new ProgramStart(
            "python3", "-c", "import os\nfor i in range(300):\n    fd = os.open('f%d' % i, os.O_CREAT | os.O_EXCL | os.O_WRONLY)\n    os.write(fd, b'%d' % i)\n    os.fsync(fd)\n    os.close(fd)\n    os.rename('f%d' % i, 'g%d' % i)\n    print(i, flush=True)")
        { Directory = workspace.Path });
        int cuts = 0;
        while (program.StandardOutput.ReadLine() is { } line)
        {
            if (int.Parse(line, System.Globalization.CultureInfo.InvariantCulture) % 60 == 30)
            {
                proxy.Cut();
                cuts++;
            }
        }

        program.WaitForExit(Limit).ShouldBeTrue();
        program.ExitCode.ShouldBe(0, program.StandardError.ReadToEnd());
        cuts.ShouldBe(5);
        Directory.GetFiles(workspace.Source).Order(StringComparer.Ordinal).ShouldBe(lines.Select(i => Path.Combine(workspace.Source, "g" + i)).Order(StringComparer.Ordinal));
        lines.ShouldAllBe(i => File.ReadAllText(Path.Combine(workspace.Source, "g" + i)) == i);
        workspace.Text().ShouldContain("Connected again.");
        workspace.Check();
    }

    [Fact]
    public async Task After_the_grace_time_operations_fail_and_nothing_stays_mounted()
    {
        await using var workspace = new SharedWorkspace("--grace", "1");
        File.WriteAllText(Path.Combine(workspace.Source, "f"), "x");
        workspace.Share();
        Programs.Shell(workspace.Path, "cat f");

        using System.Diagnostics.Process holder = Programs.Start(new ProgramStart("bash", "-c", "exec 3< f; echo open; read line; ls -l /proc/self/fd/3/ 2>&1; cat <&3") { Directory = workspace.Path });
        holder.StandardOutput.ReadLine().ShouldBe("open");
        workspace.EndClient("KILL");

        workspace.WaitFor(() => !workspace.IsMounted, "It stayed mounted");
        holder.StandardInput.WriteLine();
        holder.WaitForExit(Limit).ShouldBeTrue("A program that had a file open hangs.");
        File.ReadAllText(Path.Combine(workspace.Source, "f")).ShouldBe("x");
        workspace.Check();
    }

    [Fact]
    public async Task A_server_that_was_killed_leaves_a_mount_that_the_next_one_clears_away_and_the_client_comes_back()
    {
        await using var workspace = new SharedWorkspace();
        File.WriteAllText(Path.Combine(workspace.Source, "f"), "kept");
        workspace.Share();
        string address = workspace.Address;

        workspace.EndServer("KILL");
        workspace.IsMounted.ShouldBeTrue("A killed server leaves its mount.");
        workspace.StartServer(address);

        workspace.WaitFor(() => workspace.IsMounted && File.Exists(Path.Combine(workspace.Path, "f")), "The client did not come back");
        File.ReadAllText(Path.Combine(workspace.Path, "f")).ShouldBe("kept");
        workspace.Text().ShouldContain("a new one begins");
        workspace.EndClient().ShouldBe(0);
        workspace.WaitFor(() => !workspace.IsMounted, "It stayed mounted");
        workspace.EndServer().ShouldBe(0);
        File.ReadAllText(Path.Combine(workspace.Source, "f")).ShouldBe("kept");
    }

    [Fact]
    public async Task Without_the_token_nothing_is_mounted()
    {
        await using var workspace = new SharedWorkspace();
        string wrong = Path.Combine(workspace.Scratch, "wrong");
        File.WriteAllText(wrong, new string('x', 32));

        ProgramResult refused = TesseraCommand.Run("share", workspace.Source, workspace.Url(workspace.Address), "--token-file", wrong);

        refused.ExitCode.ShouldBe(1);
        refused.Error.ShouldContain("does not accept the token");
        (await StatusAsync(workspace.Address, "/workspaces/work", "Bearer " + new string('x', 32))).ShouldBe(HttpStatusCode.Unauthorized);
        (await StatusAsync(workspace.Address, "/workspaces/work", null)).ShouldBe(HttpStatusCode.Unauthorized);
        (await StatusAsync(workspace.Address, "/workspaces/..%2fx", null)).ShouldBe(HttpStatusCode.NotFound);
        (await StatusAsync(workspace.Address, "/workspaces/.x", null)).ShouldBe(HttpStatusCode.NotFound);
        (await StatusAsync(workspace.Address, "/healthz", null)).ShouldBe(HttpStatusCode.OK);
        workspace.IsMounted.ShouldBeFalse();
        workspace.Check();
    }

    [Theory]
    [InlineData("0.0.0.0:0")]
    [InlineData("192.0.2.1:7400")]
    [InlineData("localhost:7400")]
    [InlineData("[::]:0")]
    public void It_listens_on_loopback_only(string address)
    {
        string directory = Directory.CreateTempSubdirectory(Place.Prefix).FullName;
        string token = Path.Combine(directory, "token");
        File.WriteAllText(token, new string('x', 32));

        ProgramResult refused = TesseraCommand.Run("serve", "--listen", address, "--token-file", token, "--workspaces", directory);

        Directory.Delete(directory, recursive: true);
        refused.ExitCode.ShouldBe(2, refused.ToString());
    }

    [Fact]
    public void A_share_sends_its_token_over_no_network_unencrypted()
    {
        ProgramResult refused = TesseraCommand.Run("share", "/", "ws://192.0.2.1:7400/workspaces/x", "--token-file", "/nonexistent");

        refused.ExitCode.ShouldBe(2);
        refused.Error.ShouldContain("unencrypted");
    }

    private static async Task<HttpStatusCode> StatusAsync(string address, string path, string? authorization)
    {
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri($"http://{address}{path}"));
        if (authorization is not null)
        {
            request.Headers.TryAddWithoutValidation("Authorization", authorization);
        }

        using HttpResponseMessage response = await client.SendAsync(request);
        return response.StatusCode;
    }
}

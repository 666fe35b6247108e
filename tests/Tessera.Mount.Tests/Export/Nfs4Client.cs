using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Tessera.Mount.Tests.Export;

/// <summary>As much of an NFSv4.0 client (RFC 7530) as shows what becomes of a file handle when a server and the file system below it come back: it keeps handles,
/// and reads and writes by them without opening (the anonymous stateid).</summary>
internal sealed class Nfs4Client : IDisposable
{
    public const uint Stale = 70;

    private const uint Program = 100003;
    private const uint LastFragment = 0x80000000;
    private const int AnonymousStateWords = 4;
    private readonly TcpClient _connection;
    private readonly NetworkStream _stream;
    private uint _call;

    public Nfs4Client(int port)
    {
        _connection = new TcpClient();
        _connection.Connect(IPAddress.Loopback, port);
        _stream = _connection.GetStream();
        _stream.ReadTimeout = _stream.WriteTimeout = 60_000;
    }

    /// <summary>The handle that a path leads to.</summary>
    public byte[] Look(params string[] path)
    {
        XdrWriter operations = new XdrWriter().Word(Putrootfh);
        foreach (string name in path)
        {
            operations.Word(Lookup).Text(name);
        }

        return Walk(operations.Word(Getfh), path.Length + 2, "look up " + string.Join('/', path)).Opaque();
    }

    /// <summary>The handle of a name in the directory that a handle means.</summary>
    public byte[] LookIn(byte[] directory, string name) =>
        Walk(new XdrWriter().Word(Putfh).Opaque(directory).Word(Lookup).Text(name).Word(Getfh), 3, "look up " + name).Opaque();

    /// <summary>Up to 64 KiB from the beginning; null and the status when refused.</summary>
    public byte[]? Read(byte[] file, out uint status)
    {
        XdrWriter operations = Anonymous(new XdrWriter().Word(Putfh).Opaque(file).Word(ReadCode)).Long(0).Word(65536);
        XdrReader reply = Call(operations, 2, out status);
        if (status != 0)
        {
            return null;
        }

        Skip(reply, 1);
        reply.Word(); // the end of the file
        return reply.Opaque();
    }

    /// <summary>Writes; durable when it returns (FILE_SYNC).</summary>
    public void Write(byte[] file, ulong offset, ReadOnlySpan<byte> content)
    {
        XdrReader reply = Walk(Anonymous(new XdrWriter().Word(Putfh).Opaque(file).Word(WriteCode)).Long(offset).Word(2).Opaque(content), 2, "write");
        reply.Word().ShouldBe((uint)content.Length);
    }

    public void MakeDirectory(byte[] directory, string name) =>
        Walk(new XdrWriter().Word(Putfh).Opaque(directory).Word(Create).Word(2).Text(name).Word(0).Word(0), 2, "create " + name);

    public void Remove(byte[] directory, string name) => Walk(new XdrWriter().Word(Putfh).Opaque(directory).Word(RemoveCode).Text(name), 2, "remove " + name);

    public void Rename(byte[] from, string name, byte[] to, string newName) =>
        Walk(new XdrWriter().Word(Putfh).Opaque(from).Word(Savefh).Word(Putfh).Opaque(to).Word(RenameCode).Text(name).Text(newName), 4, "rename " + name);

    public void Dispose() => _connection.Dispose();

#pragma warning disable IDE1006 // Operations' numbers, RFC 7531.
    private const uint Create = 6;
    private const uint Getfh = 10;
    private const uint Lookup = 15;
    private const uint Putfh = 22;
    private const uint Putrootfh = 24;
    private const uint ReadCode = 25;
    private const uint RemoveCode = 28;
    private const uint RenameCode = 29;
    private const uint Savefh = 32;
    private const uint WriteCode = 38;
#pragma warning restore IDE1006

    private static XdrWriter Anonymous(XdrWriter operations)
    {
        for (int i = 0; i < AnonymousStateWords; i++)
        {
            operations.Word(0);
        }

        return operations;
    }

    /// <summary>A compound that must succeed; the reply, before its last operation's result.</summary>
    private XdrReader Walk(XdrWriter operations, int count, string what)
    {
        XdrReader reply = Call(operations, (uint)count, out uint status);
        status.ShouldBe(0u, what);
        Skip(reply, count - 1);
        return reply;
    }

    /// <summary>Passes the results of operations that have none but their status, and the head of the one after.</summary>
    private static void Skip(XdrReader reply, int operations)
    {
        for (int i = 0; i <= operations; i++)
        {
            reply.Word();
            reply.Word().ShouldBe(0u);
        }
    }

    private XdrReader Call(XdrWriter operations, uint count, out uint status)
    {
        XdrReader reply = Exchange(operations, count);
        reply.Word().ShouldBe(_call);
        reply.Word().ShouldBe(1u); // a reply
        reply.Word().ShouldBe(0u); // accepted
        reply.Word(); // no verifier
        reply.Opaque();
        reply.Word().ShouldBe(0u); // success
        status = reply.Word();
        reply.Opaque(); // the tag
        reply.Word(); // how many results
        return reply;
    }

    /// <summary>ONC RPC (RFC 5531) over TCP, AUTH_SYS as root.</summary>
    private XdrReader Exchange(XdrWriter operations, uint count)
    {
        byte[] root = new XdrWriter().Word(0).Text("test").Word(0).Word(0).Word(0).Bytes.ToArray();
        byte[] head = new XdrWriter().Word(++_call).Word(0).Word(2).Word(Program).Word(4).Word(1).Word(1).Opaque(root).Word(0).Word(0)
            .Text(string.Empty).Word(0).Word(count).Bytes.ToArray();
        byte[] message = [.. new XdrWriter().Word(LastFragment | (uint)(head.Length + operations.Bytes.Length)).Bytes.Span, .. head, .. operations.Bytes.Span];
        _stream.Write(message);

        var reply = new MemoryStream();
        byte[] mark = new byte[4];
        uint fragment;
        do
        {
            _stream.ReadExactly(mark);
            fragment = BinaryPrimitives.ReadUInt32BigEndian(mark);
            byte[] part = new byte[fragment & ~LastFragment];
            _stream.ReadExactly(part);
            reply.Write(part);
        }
        while ((fragment & LastFragment) == 0);

        return new XdrReader(reply.ToArray());
    }
}

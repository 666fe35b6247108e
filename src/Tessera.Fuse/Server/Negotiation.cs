namespace Tessera.Fuse;

/// <summary>INIT as a pure function: what the kernel offers and what we want, to what is on.</summary>
internal static class Negotiation
{
    private const uint BytesPerPage = 4096;

    /// <summary>
    /// Answers what to reply. <paramref name="connection"/> is null when the kernel is newer than major version 7: it then gets only our
    /// version and sends INIT again in ours. EPROTO when it is older than 7.31.
    /// </summary>
    public static Errno Settle(in InitIn kernel, FuseOptions options, out InitOut reply, out FuseConnection? connection)
    {
        connection = null;
        reply = new InitOut { Major = FuseConnection.Major, Minor = FuseConnection.NewestMinor };
        if (kernel.Major > FuseConnection.Major)
            return Errno.None;
        if (kernel.Major < FuseConnection.Major || kernel.Minor < FuseConnection.OldestMinor)
            return Errno.EPROTO;

        var wanted = options.Features | FuseFeatures.InitExtended | FuseFeatures.MaxPages | FuseFeatures.BigWrites;
        var features = wanted & kernel.Features;
        var minor = Math.Min(kernel.Minor, FuseConnection.NewestMinor);
        reply = new InitOut
        {
            Major = FuseConnection.Major,
            Minor = minor,
            MaxReadahead = Math.Min(kernel.MaxReadahead, (uint)options.MaxReadahead),
            Flags = (uint)features,
            Flags2 = (uint)((ulong)features >> 32),
            MaxBackground = options.MaxBackground,
            CongestionThreshold = options.CongestionThreshold,
            MaxWrite = (uint)options.MaxWrite,
            TimeGranularity = options.TimeGranularityNanoseconds,
            MaxPages = (ushort)(((uint)options.MaxWrite + BytesPerPage - 1) / BytesPerPage),
            MaxStackDepth = features.HasFlag(FuseFeatures.Passthrough) ? options.MaxStackDepth : 0,
        };
        connection = new FuseConnection(minor, kernel.Features, features, options.MaxWrite);
        return Errno.None;
    }
}

using Tessera.Fuse;
using Tessera.Host.Daemon;
using Tessera.Host.Mounting;
using Tessera.Volumes;

namespace Tessera.Host.Serving;

/// <summary>What a user's options of a mount are to the kernel, whatever is mounted.</summary>
internal static class KernelMountOptions
{
    /// <param name="request">What is mounted where.</param>
    /// <param name="readOnly">Also where the user did not ask for it.</param>
    /// <param name="readAheadBytes">How far the kernel reads ahead.</param>
    public static FuseMountOptions Of(MountRequest request, bool readOnly, int readAheadBytes)
    {
        MountOptions options = request.Options;
        return new FuseMountOptions
        {
            Source = request.Source,
            Subtype = MountEntry.TesseraSubtype,
            AllowOther = options.AllowOther,
            ReadOnly = readOnly,
            NoSuid = !options.SetUserId,
            NoDevices = !options.Devices,
            NoExecute = options.NoExecute,
            NoAccessTime = options.AccessTimes == AccessTimePolicy.Never,
            RelativeAccessTime = options.AccessTimes == AccessTimePolicy.Relative,
            StrictAccessTime = options.AccessTimes == AccessTimePolicy.Strict,
            ReadAheadBytes = readAheadBytes,
        };
    }
}

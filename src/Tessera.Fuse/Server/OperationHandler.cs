namespace Tessera.Fuse;

internal delegate bool OperationHandler(Dispatcher dispatcher, FuseRequest request, RequestBody body);

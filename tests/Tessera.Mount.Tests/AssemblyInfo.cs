// Mount tests measure time and memory and share the machine's FUSE: one at a time.
[assembly: CollectionBehavior(DisableTestParallelization = true)]

// Cases change the umask's thread, take locks and look at times: one at a time.
[assembly: CollectionBehavior(DisableTestParallelization = true)]

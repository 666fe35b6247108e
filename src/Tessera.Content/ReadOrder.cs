namespace Tessera.Content;

/// <summary>How the reads through a handle come, which decides what is read ahead of them.</summary>
public enum ReadOrder
{
    Random,

    /// <summary>One after the other, and the kernel has the next ones under way already when it asks for much at a time.</summary>
    Sequential,

    /// <summary>One after the other by a program that waits for each (O_DIRECT): nobody but us reads ahead.</summary>
    OneByOne,
}
